"""Real lives of orders, taken from sessions on the simulated venue: told late, twice or in any
order, they leave the same behind.
"""

import json
from collections.abc import Sequence
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from actors.order.view import View
from messages.control import Alarm
from messages.order import FillEvent, Order, OrderEvent, OrdersFound, OrderStatus
from tests.simulation.bench import Bench
from tests.simulation.bench import settings as session_settings
from tests.simulation.strategies import EAGER, PATIENT
from tools.simulate.session import CONTRACT

pytestmark = pytest.mark.slow

NEAR = ("risk.max_contracts=4", "risk.max_stop_ticks=8", "risk.reward_risk=0.5")
MODES = ("native", "manual")


@cache
def trades(mode: str) -> tuple[tuple[Order, ...], ...]:
    """What the hub told of the orders of each trade, in its order, from flat to flat."""
    chosen = session_settings(*PATIENT, *NEAR, f"execution.brackets={mode}")
    bench = Bench(21, 90.0, chosen)
    body = b'{"name": "partial_fills", "duration": 80, "probability": 0.7}'
    bench.session.at(1, lambda: bench.session.control("/sim/faults", body))
    bench.run()
    found: list[tuple[Order, ...]] = []
    news: list[Order] = []
    seen = View(CONTRACT)
    for at, event in enumerate(bench.ear.of(OrderEvent)):
        news.append(event.order)
        seen.hear_order(event.order, at)
        seen.hear_position(0, at)
        if seen.agreed and not seen.working():
            found.append(tuple(news))
            news = []
    return tuple(found)


def view(news: Sequence[Order]) -> View:
    made = View(CONTRACT)
    for at, order in enumerate(news):
        made.hear_order(order, at)
    return made


def known(made: View) -> dict[int, Order]:
    """The orders, with stamps as a search tells them."""
    return {id: replace(order, updated=order.updated // 1_000) for id, order in made.orders.items()}


@pytest.mark.parametrize("mode", MODES)
def test_the_lives_are_worth_the_name(mode: str) -> None:
    lives = trades(mode)
    assert len(lives) >= 4
    orders = {order.id: order for life in lives for order in life}
    assert {order.status for order in orders.values()} >= {
        OrderStatus.FILLED,
        OrderStatus.CANCELLED,
    }
    told = [order for life in lives for order in life]
    assert any(0 < order.filled < order.size for order in told), "in parts"
    sizes = {order.id: {o.size for o in told if o.id == order.id} for order in told}
    assert any(len(each) > 1 for each in sizes.values()), "resized"


@settings(max_examples=150, deadline=None)
@given(data=st.data(), mode=st.sampled_from(MODES))
def test_a_trade_told_in_any_order_and_any_number_of_times_leaves_the_same_behind(
    data: st.DataObject, mode: str
) -> None:
    """Up to any moment of it: its end alone would make up for much."""
    whole = data.draw(st.sampled_from(trades(mode)))
    life = whole[: data.draw(st.integers(1, len(whole)))]
    again = data.draw(st.lists(st.sampled_from(life), max_size=8))
    told = data.draw(st.permutations([*life, *again]))
    straight, shuffled = view(life), view(told)
    assert known(shuffled) == known(straight)
    held = sum(order.side * order.filled for order in straight.orders.values())
    straight.hear_position(held, 1_000)
    shuffled.hear_position(held, 1_000)
    assert straight.agreed
    assert shuffled.agreed


@settings(max_examples=150, deadline=None)
@given(data=st.data(), mode=st.sampled_from(MODES))
def test_whatever_is_lost_of_a_trade_a_reading_tells(data: st.DataObject, mode: str) -> None:
    """The events up to a moment, some of them lost and in any order, then what the venue lists."""
    life = data.draw(st.sampled_from(trades(mode)))
    upto = data.draw(st.integers(1, len(life)))
    kept = data.draw(st.lists(st.sampled_from(life[:upto]), max_size=upto))
    listed = tuple({order.id: order for order in life[:upto]}.values())
    made = view(kept)
    made.hear_orders(OrdersFound(listed, asked=1_000_000, since=0))
    assert known(made) == known(view(life[:upto]))


def test_ids_told_as_text_are_the_same_ids() -> None:
    """The hub is known to send ids as strings (gateway.md 7.4): nothing of a trade changes."""
    bench = Bench(21, 40.0, session_settings(*EAGER))
    body = b'{"name": "string_ids", "duration": 60}'
    bench.session.at(0, lambda: bench.session.control("/sim/faults", body))
    ended, report = bench.run()
    assert ended.round_trips >= 3
    assert not any(report.violations.values()), report.details
    assert not any(ended.violations.values())
    assert len(bench.ear.of(FillEvent)) == report.fills
    assert not bench.ear.of(Alarm)
    rows = (json.loads(line) for line in bench.session.venue.journal.lines(0))
    assert any(row["kind"] == "fault" and "string_ids" in row["name"] for row in rows)
