"""What an earlier process left latched stays so, until its own rule or a person lifts it."""

import pytest

from actors.supervision.actions import Action
from actors.supervision.past import Past, over, standing
from messages.base import SECOND
from messages.control import (
    Alarm,
    AlarmCleared,
    AlarmKind,
    Flatten,
    Latch,
    Latched,
    SessionStarted,
    StopRequested,
    Unlatch,
)
from messages.hub import Hub, HubOpened
from messages.order import Phase
from supervisor import ACTIONS
from tests.runtime.stage import START
from tests.supervision.bench import MES, Bench

DAY = 24 * 3_600 * SECOND
HALT = Latched("daily_loss[account]", "lost", START - 60 * SECOND)
"""HALT in the bench's table."""
ONCE = Latched(f"unprotected[{MES}]", "bare", START - 60 * SECOND)
STALE = Latched(f"stale_data[{MES}]", "silent", START - 60 * SECOND)
DOWN = Latched("hub_down[user]", "away", START - 60 * SECOND)


def bench(*latched: Latched, resume: str = "") -> Bench:
    return Bench(past=Past(latched, resume)).start()


def settle(made: Bench) -> None:
    """Connected and flat, as far as the order room knows."""
    made.send(*[HubOpened(hub, 1) for hub in Hub])
    made.phase(Phase.EXITING, Phase.FLAT)


@pytest.mark.parametrize("left", [HALT, ONCE, STALE, DOWN])
def test_it_is_latched_before_the_session_starts(left: Latched) -> None:
    made = bench(left)
    told = [record.message for record in made.records if hasattr(record, "message")]
    latch = told.index(Latch(left.code, left.words))
    assert latch < next(i for i, m in enumerate(told) if isinstance(m, SessionStarted))
    settle(made)
    assert made.latched == [left.code]
    assert "RUNNING" not in made.states


@pytest.mark.parametrize(("left", "flattens"), [(HALT, 1), (ONCE, 1), (STALE, 1), (DOWN, 0)])
def test_what_had_called_for_flat_is_proven_flat(left: Latched, flattens: int) -> None:
    assert len(bench(left).said(Flatten)) == flattens


def test_a_position_that_is_found_under_it_is_closed() -> None:
    made = bench(STALE)
    made.flattened()
    made.phase(Phase.PROTECTED)
    assert len(made.said(Flatten)) == 2


def test_a_halt_stays_until_a_person_resumes() -> None:
    made = bench(HALT)
    settle(made)
    made.flattened()
    made.run(120)
    made.send(AlarmCleared(AlarmKind.DAILY_LOSS, "account"))
    assert (made.latched, made.states[-1]) == ([HALT.code], "HALTED")
    made.send(StopRequested("SIGTERM"))
    made.flattened(2)
    assert made.code() == 10


def test_what_its_rule_lifts_is_lifted_by_it() -> None:
    made = bench(STALE, DOWN)
    settle(made)
    made.flattened()
    made.run(60)
    assert made.latched == [STALE.code, DOWN.code]
    made.send(AlarmCleared(AlarmKind.STALE_DATA, MES), AlarmCleared(AlarmKind.HUB_DOWN, "user"))
    assert (made.latched, made.states[-1]) == ([], "RUNNING")


@pytest.mark.parametrize("left", [ONCE, Latched("stopping", "SIGTERM", START)])
def test_what_does_not_clear_is_lifted_once_flat_and_after_a_pause(left: Latched) -> None:
    made = bench(left)
    settle(made)
    made.run(2)
    made.flattened()
    made.run(2)
    assert made.latched == [left.code]
    made.run(2)
    assert (made.latched, made.states[-1]) == ([], "RUNNING")


def test_it_is_not_lifted_before_it_is_flat() -> None:
    made = bench(ONCE)
    settle(made)
    made.run(60)
    assert made.latched == [ONCE.code]


def test_a_reason_lifts_everything_and_is_recorded() -> None:
    made = bench(HALT, ONCE, STALE, DOWN, resume="looked at it")
    settle(made)
    assert (made.latched, made.states[-1]) == ([], "RUNNING")
    assert {lifted.words for lifted in made.said(Unlatch)} == {"resumed: looked at it"}
    assert made.said(Flatten) == []


def test_a_rule_that_still_holds_after_it_was_resumed_speaks_again() -> None:
    made = bench(HALT, resume="looked at it")
    settle(made)
    made.send(Alarm(AlarmKind.DAILY_LOSS, "account", "lost"))
    assert made.latched == [HALT.code]


def test_an_actor_that_failed_too_often_leaves_a_latch_that_needs_a_person() -> None:
    made = Bench().running()
    for _ in range(3):
        made.runtime.current["risk"].report(ValueError("broken"))
        made.run(0.5)
    assert "failed[risk]" in made.latched
    assert standing("failed[risk]", ACTIONS) is Action.HALT


def test_the_daily_loss_ends_with_its_trade_date() -> None:
    assert over(HALT, "", START) == ""
    assert over(HALT, "", START + DAY) == "its trade date is over"
    began = Latched(HALT.code, "", START - 17 * 3_600 * SECOND)  # 17:00 Chicago
    before = Latched(HALT.code, "", began.since - 1)
    assert over(began, "", START) == ""
    assert over(before, "", START) == "its trade date is over"


def test_a_login_ends_what_a_login_had_failed() -> None:
    left = Latched("authentication[token]", "refused", START)
    assert over(left, "", START) == "this process has logged in"


def test_nothing_else_ends_by_itself_at_a_start() -> None:
    ended = {AlarmKind.AUTHENTICATION, AlarmKind.DAILY_LOSS}
    for kind in set(AlarmKind) - ended:
        assert over(Latched(f"{kind.value}[x]", "", 0), "", START) == ""


def test_what_stands_calls_for_what_its_alarm_called_for() -> None:
    for kind, action in ACTIONS.items():
        assert standing(f"{kind.value}[x]", ACTIONS) is action
    assert standing("stopping", ACTIONS) is Action.FLATTEN_ONCE
    assert standing("nobody's", ACTIONS) is Action.HALT


def test_the_latch_of_an_earlier_one_trade_holds_nobody() -> None:
    assert over(Latched("trade_once", "the one trade is in MES", START - SECOND), "", START)
