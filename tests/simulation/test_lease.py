"""A sentinel that falls silent in the middle of a session: nothing is entered meanwhile, what is
held stays protected, and trading goes on when it answers again.
"""

from itertools import pairwise

from messages.base import SECOND
from messages.control import Alarm, EngineState, StateChanged
from messages.decision import Denial, Denied, Permission
from messages.order import PlaceOrder, Purpose
from tests.simulation.bench import Bench, broken, settings
from tests.simulation.strategies import EAGER

FROM_S, TO_S, END_S = 60, 90, 150


def entries(bench: Bench) -> list[float]:
    """When entries were sent, in seconds of the session."""
    return [
        (at - bench.session.start) / SECOND
        for at, _, message in bench.ear.said
        if isinstance(message, PlaceOrder) and message.purpose is Purpose.ENTRY
    ]


def test_nothing_is_entered_while_the_sentinel_is_silent() -> None:
    bench = Bench(7, END_S, settings(*EAGER), watched=True)
    sentinel = bench.session.sentinel

    def fall_silent() -> None:
        sentinel.silent = True

    def answer() -> None:
        sentinel.silent = False

    bench.session.at(FROM_S, fall_silent)
    bench.session.at(TO_S, answer)
    ended, report = bench.run()
    assert not broken(report.violations), report.details
    assert not broken(ended.violations)
    assert ended.code == 0

    sent = entries(bench)
    assert sum(at < FROM_S for at in sent) > 5, "there was something to stop"
    assert not [at for at in sent if FROM_S + 2.3 < at < TO_S]
    assert [at for at in sent if TO_S <= at < TO_S + 5], "and it goes on"
    denied = [message for message in bench.ear.of(Denied) if message.code is Denial.LEASE]
    told = [message for message in bench.ear.of(Permission) if message.code is Denial.LEASE]
    assert denied or told
    assert all(message.used > message.limit == 2_000 for message in denied)
    # An absent sentinel is no reason to leave a position: its stop works, and so do the other ways.
    assert bench.ear.of(Alarm) == []
    states = [change.state for change in bench.ear.of(StateChanged)]
    assert EngineState.FLATTENING not in states


def test_a_session_with_a_sentinel_trades_like_one_without() -> None:
    bench = Bench(7, 60, settings(*EAGER), watched=True)
    _, report = bench.run()
    assert not broken(report.violations), report.details
    sent = entries(bench)
    assert len(sent) > 5
    assert all(later > earlier for earlier, later in pairwise(sent))
    assert not [message for message in bench.ear.of(Denied) if message.code is Denial.LEASE]
