"""Each promise broken on purpose, once: the oracle sees it at the venue, the engine counts it."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from actors.engine import Child
from actors.order.actor import OrderActor
from actors.position.actor import PositionActor
from actors.risk.actor import RiskActor
from actors.runtime.actor import Actor
from actors.runtime.delivery import Delivery
from actors.watchdog.actor import WatchdogActor
from gateway import translation
from gateway.contracts import Instruments
from gateway.ledger import Clerk
from gateway.ledger.ledger import Request
from gateway.wire import TradeRow
from messages.base import Message, Nanos
from messages.control import (
    BooksClosed,
    CloseBooks,
    CoverDue,
    Flatten,
    Flattened,
    Latch,
    PatrolDue,
    SessionStarted,
)
from messages.market import MarketStatus, MarketStatusChanged
from messages.order import Fill, PlaceOrder
from supervisor import CHILDREN
from tests.simulation.bench import Bench, settings
from tests.simulation.strategies import EAGER
from tools.simulate.session import CONTRACT

SECONDS = 40.0


class NoStop(OrderActor):
    """Leaves the stop out of its entries, and does not look for it either."""

    def publish(self, message: Message) -> None:
        if isinstance(message, PlaceOrder):
            message = replace(message, stop_bracket=None)
        super().publish(message)

    def on_cover_due(self, due: CoverDue) -> None:
        """Nothing is looked at."""


class Blind(WatchdogActor):
    """Takes the market for open, and makes no rounds."""

    def on_session_started(self, started: SessionStarted) -> None:
        super().on_session_started(started)
        self.publish(MarketStatusChanged(CONTRACT, MarketStatus.OPEN, "planted"))

    def on_patrol_due(self, due: PatrolDue) -> None:
        """Nothing is looked at."""


class FiveTimes(OrderActor):
    """Sends more than it may."""

    def publish(self, message: Message) -> None:
        if isinstance(message, PlaceOrder):
            message = replace(message, size=5 * message.size)
        super().publish(message)


class Doubling(OrderActor):
    """Sends an entry again, as after a time-out."""

    def publish(self, message: Message) -> None:
        super().publish(message)
        if isinstance(message, PlaceOrder):
            super().publish(message)


class Unlatched(OrderActor):
    """Hears of latches and enters all the same."""

    def on_latch(self, latch: Latch) -> None:
        """Nothing is remembered."""


class Reckless(RiskActor):
    """Judges by no rule."""

    def begin(self) -> None:
        self.book.rules = ()
        super().begin()


class Liar(OrderActor):
    """Says flat without having looked."""

    def on_flatten(self, flatten: Flatten) -> None:
        self.publish(Flattened(flatten.number, flatten.reason, 0))


class Credulous(PositionActor):
    """Closes the books without having looked."""

    def on_close_books(self, close: CloseBooks) -> None:
        self.publish(BooksClosed())


def with_actors(**actors: type[Actor]) -> tuple[Child, ...]:
    """The engine's children, some of them replaced."""
    return tuple(replace(c, actor=actors.get(c.name, c.actor)) for c in CHILDREN)


def freeze(bench: Bench) -> None:
    body = json.dumps({"name": "freeze_feed", "duration": 15}).encode()
    bench.session.at(10, lambda: bench.session.control("/sim/faults", body))


def latch(bench: Bench) -> None:
    bench.session.at(10, lambda: bench.session.emit(Latch("by hand", "planted")))


class Careless(Clerk):
    """Writes nothing, and so does not notice a tag that is used twice."""

    def intend(self, request: Request, at: Nanos) -> tuple[int, list[Message]]:
        return 1, []


def careless(bench: Bench) -> None:
    bench.session.write_ahead.clerk = Careless(bench.session.ledger)


def nothing(bench: Bench) -> None:
    """The planted actor needs no help."""


def figures(
    path: Path, children: Sequence[Child], prepare: Callable[[Bench], None] = nothing
) -> tuple[dict[str, int], dict[str, int]]:
    """(the oracle's violations, the engine's)."""
    bench = Bench(11, SECONDS, settings(*EAGER), children, path / "metrics.json")
    prepare(bench)
    ended, report = bench.run()
    return report.violations, ended.violations


@pytest.mark.parametrize(
    ("invariant", "children", "prepare"),
    [
        ("PROTECTED", with_actors(order=NoStop, watchdog=Blind), nothing),
        ("BOUNDED", with_actors(order=FiveTimes), nothing),
        ("ONE_ORDER", with_actors(order=Doubling), careless),
        ("LATCHED", with_actors(order=Unlatched, risk=Reckless), latch),
        ("ENDS_FLAT", with_actors(order=Liar, position=Credulous), nothing),
        ("FRESH", with_actors(risk=Reckless, watchdog=Blind), freeze),
    ],
)
def test_a_broken_promise_is_counted_on_both_sides(
    invariant: str,
    children: tuple[Child, ...],
    prepare: Callable[[Bench], None],
    tmp_path: Path,
) -> None:
    oracle, engine = figures(tmp_path, children, prepare)
    assert oracle[invariant] > 0
    assert engine[invariant] > 0


def test_a_sum_that_disagrees_is_counted_on_both_sides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = translation.fill

    def without_commissions(row: TradeRow, instruments: Instruments) -> Fill:
        return replace(read(row, instruments), fees=0)

    monkeypatch.setattr(translation, "fill", without_commissions)
    oracle, engine = figures(tmp_path, CHILDREN)
    assert oracle["AGREED"] > 0
    assert engine["AGREED"] > 0


def test_a_lost_delivery_is_counted_on_both_sides(tmp_path: Path) -> None:
    def lose(bench: Bench) -> None:
        mailbox = bench.session.runtime.mailboxes[f"bar[{CONTRACT}]"]
        put = mailbox.put
        lost: list[Delivery] = []

        def losing(delivery: Delivery) -> None:
            if lost or type(delivery.message).__name__ != "Tape":
                put(delivery)
            else:
                lost.append(delivery)

        mailbox.put = losing  # type: ignore[method-assign]  # the planted fault

    oracle, engine = figures(tmp_path, CHILDREN, lose)
    assert oracle["ACCOUNTED"] > 0
    assert engine["ACCOUNTED"] > 0


def test_a_sound_engine_has_nothing_to_count(tmp_path: Path) -> None:
    oracle, engine = figures(tmp_path, CHILDREN)
    assert not any(oracle.values())
    assert not any(engine.values())
