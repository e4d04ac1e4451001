"""The displayed book against a plain recount of every level."""

from random import Random

from tools.simulator.book import Book
from tools.simulator.market import BUY, SELL, Level, Snapshot


def test_best_prices_equal_a_recount_after_every_level() -> None:
    rng, book = Random(7), Book()
    for step in range(20_000):
        side = rng.choice((BUY, SELL))
        price = 1000 - side * rng.choice((1, 2, 3, 5, 30, 200))
        book.set_level(Level(step, side, price, rng.choice((0, 0, 4))))
        assert book.bid == max(book.bids, default=None)
        assert book.ask == min(book.asks, default=None)


def test_a_snapshot_replaces_everything() -> None:
    book = Book()
    book.set_level(Level(0, BUY, 90, 5))
    book.replace(Snapshot(1, ((99, 1), (98, 2)), ((101, 3),)))
    assert (book.levels(BUY), book.levels(SELL)) == ([(99, 1), (98, 2)], [(101, 3)])


def test_a_size_is_split_by_the_displayed_levels_and_the_rest_goes_last() -> None:
    book = Book()
    book.replace(Snapshot(0, (), ((101, 3), (102, 2))))
    assert book.taken(BUY, 3) == [3]
    assert book.taken(BUY, 4) == [3, 1]
    assert book.taken(BUY, 9) == [3, 6]
    assert book.taken(SELL, 9) == [9]
