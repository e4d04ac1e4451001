"""The power fails at some moment, the newest writes of the ledger with it; the next process is
started on the same venue, and the oracle judges both as one.
"""

import json
from collections.abc import Callable

import pytest

from messages.base import SECOND, Message
from messages.control import Latch
from messages.order import (
    CloseContract,
    FillEvent,
    IntentsFound,
    PhaseChanged,
    PlaceOrder,
    PlaceResult,
)
from tests.oracle import judge
from tests.simulation.bench import Ear, broken, settings
from tests.simulation.strategies import EAGER
from tools.simulate.session import START, VirtualSession

SECONDS = 40


def cut_at(kind: type[Message], nth: int, synced: bool, *more: str) -> tuple[VirtualSession, Ear]:
    """A session whose power is to be cut as the n-th message of a kind is under way."""
    ear = Ear()
    first = VirtualSession(settings(*EAGER, *more), 5, SECONDS * SECOND, sinks=[ear])
    first.engine.start()
    reached: Callable[[], bool] = lambda: len(ear.of(kind)) >= nth  # noqa: E731
    first.runtime.run(START + SECONDS * SECOND, ended=reached)
    assert reached(), "it never came"
    if synced:
        first.disk.sync()
    return first, ear


@pytest.mark.parametrize(("synced", "keeping"), [(True, False), (False, True)])
@pytest.mark.parametrize("kind", [PlaceOrder, PlaceResult, FillEvent, PhaseChanged, CloseContract])
def test_the_next_process_ends_flat_and_trades_on(
    kind: type[Message], keeping: bool, synced: bool
) -> None:
    kept = f"trading.flatten_on_start={not keeping}".lower()
    first, _ = cut_at(kind, 3, synced, kept)
    before = len(first.disk.entries)
    ear = Ear()
    chosen = settings(*EAGER, kept)
    second = VirtualSession(chosen, 6, SECONDS * SECOND, sinks=[ear], after=first)
    assert first.disk is second.disk
    assert (len(second.disk.entries) == before) is synced
    ended = second.run()

    assert (ended.code, ended.state) == (0, "FLAT")
    assert ear.of(PlaceOrder), "it never traded again"
    rows = [json.loads(line) for line in second.venue.journal.lines(0)]
    report = judge(rows, max_contracts=chosen.risk.max_contracts)
    assert report.flat
    assert not broken(report.violations), report.details
    tags = [entry.tag for entry in report.entries]
    assert len(set(tags)) == len(tags)
    assert second.ledger.unproven() == ()


def test_an_intent_that_was_written_is_inherited() -> None:
    first, ear = cut_at(PlaceOrder, 2, synced=True)
    (*_, sent) = ear.of(PlaceOrder)
    first.ledger.request(sent, first.runtime.clock.now)
    first.disk.sync()
    heard = Ear()
    VirtualSession(settings(*EAGER), 6, SECOND, sinks=[heard], after=first).run()
    (found,) = heard.of(IntentsFound)
    assert [intent.request.tag for intent in found.intents] == [sent.tag]


def test_a_latch_that_was_synced_stands_again() -> None:
    first, _ = cut_at(PlaceOrder, 1, synced=False)
    first.ledger.record(Latch("kill_switch[file]", "thrown"), first.runtime.clock.now)
    first.disk.sync()
    heard = Ear()
    ended = VirtualSession(settings(*EAGER), 6, 10 * SECOND, sinks=[heard], after=first).run()
    assert (ended.code, heard.of(PlaceOrder)) == (10, [])
    assert "kill_switch[file]" in {latch.code for latch in heard.of(Latch)}
