"""Order clusters: neighbouring large levels are found, even books have none."""

from actors.bar.analytics.clusters import Cluster, order_clusters
from actors.bar.ladder import Ladder
from tests.bar.analytics.bench import BUY, SELL, ladder

EVEN = {101 + k: 10 for k in range(12)}


def test_a_planted_cluster_is_found() -> None:
    bids = {100 - k: 10 for k in range(12)} | {95: 40, 94: 20, 93: 55}
    asks = EVEN | {105: 20, 106: 30, 107: 25, 108: 20}
    assert order_clusters(ladder(bids, asks)) == (
        Cluster(BUY, 93, 95, 3, 115),
        Cluster(SELL, 105, 108, 4, 95),
    )


def test_large_levels_that_are_few_or_apart_are_none() -> None:
    bids = {100 - k: 10 for k in range(12)} | {95: 40, 93: 20, 91: 55}
    assert order_clusters(ladder(bids, EVEN)) == ()
    assert len(order_clusters(ladder(bids, EVEN), price_tolerance=2)) == 1
    assert len(order_clusters(ladder(bids, EVEN), min_cluster_size=1)) == 3


def test_less_than_twice_the_usual_is_not_large() -> None:
    bids = {100 - k: 10 for k in range(12)} | {95: 19, 94: 19, 93: 19}
    assert order_clusters(ladder(bids, EVEN)) == ()


def test_a_quiet_or_empty_book_is_silent() -> None:
    assert order_clusters(ladder({100 - k: 10 for k in range(30)}, EVEN)) == ()
    assert order_clusters(Ladder()) == ()
