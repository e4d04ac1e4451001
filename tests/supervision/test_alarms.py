"""Alarms into latches and flattens, by the table of actions."""

import pytest

from messages.base import SECOND
from messages.control import (
    AlarmKind,
    Flatten,
    Flattened,
    FlattenFailed,
    Latch,
    StopRequested,
    Unlatch,
)
from messages.order import Phase
from tests.supervision.bench import MES, Bench

STALE, NAKED, DOWN = AlarmKind.STALE_DATA, AlarmKind.UNPROTECTED, AlarmKind.HUB_DOWN


def test_what_is_only_to_be_noted_changes_nothing() -> None:
    bench = Bench().holding()
    bench.alarm(AlarmKind.MISMATCH)
    bench.clear(AlarmKind.MISMATCH)
    assert (bench.latched, bench.said(Flatten), bench.states[-1]) == ([], [], "RUNNING")


def test_a_latching_alarm_forbids_entries_until_it_clears() -> None:
    bench = Bench().holding()
    bench.alarm(DOWN, "user")
    assert (bench.latched, bench.said(Flatten)) == (["hub_down[user]"], [])
    assert bench.states[-1] == "LATCHED"
    bench.clear(DOWN, "market")
    assert bench.latched == ["hub_down[user]"]
    bench.clear(DOWN, "user")
    assert (bench.latched, bench.states[-1]) == ([], "RUNNING")


def test_stale_data_while_flat_only_latches() -> None:
    bench = Bench().running()
    bench.alarm(STALE)
    assert (bench.latched, bench.said(Flatten)) == ([f"stale_data[{MES}]"], [])
    bench.clear(STALE)
    assert (bench.latched, bench.states[-1]) == ([], "RUNNING")


def test_stale_data_with_a_position_flattens_and_unlatches_once_cleared_and_flat() -> None:
    bench = Bench().holding()
    bench.alarm(STALE)
    (flatten,) = bench.said(Flatten)
    assert flatten.number == 1
    assert bench.states[-1] == "FLATTENING"
    bench.clear(STALE)
    assert bench.latched == [f"stale_data[{MES}]"]
    bench.flattened()
    assert (bench.latched, bench.states[-1]) == ([], "RUNNING")


def test_flat_but_still_stale_stays_latched() -> None:
    bench = Bench().holding()
    bench.alarm(STALE)
    bench.flattened()
    assert (bench.latched, bench.states[-1]) == ([f"stale_data[{MES}]"], "LATCHED")
    bench.run(60)
    assert bench.latched == [f"stale_data[{MES}]"]
    bench.clear(STALE)
    assert bench.latched == []


def test_an_alarm_that_returns_during_the_flatten_keeps_its_latch() -> None:
    bench = Bench().holding()
    bench.alarm(STALE)
    bench.clear(STALE)
    bench.alarm(STALE)
    bench.flattened()
    assert bench.latched == [f"stale_data[{MES}]"]


def test_the_latch_is_told_before_the_flatten() -> None:
    bench = Bench().holding()
    bench.alarm(STALE)
    kinds = [getattr(r, "type", "") for r in bench.records if hasattr(r, "message")]
    assert kinds.index("Latch") < kinds.index("Flatten")


@pytest.mark.parametrize("phase", [Phase.ENTERING, Phase.PROTECTED, Phase.UNKNOWN])
def test_an_entry_that_was_under_way_when_the_data_went_stale_is_flattened(phase: Phase) -> None:
    bench = Bench().running()
    bench.alarm(STALE)
    bench.phase(phase)
    assert len(bench.said(Flatten)) == 1


def test_after_the_alarm_has_cleared_a_position_is_nobodys_business() -> None:
    bench = Bench().running()
    bench.alarm(STALE)
    bench.phase(Phase.EXITING, Phase.FLAT)
    bench.clear(STALE)
    bench.phase(Phase.ENTERING, Phase.PROTECTED)
    assert bench.said(Flatten) == []


def test_a_lost_cover_flattens_even_what_the_order_room_calls_flat() -> None:
    bench = Bench().running()
    bench.alarm(NAKED)
    assert len(bench.said(Flatten)) == 1


def test_one_flatten_at_a_time() -> None:
    bench = Bench().holding()
    bench.alarm(NAKED)
    bench.alarm(STALE)
    assert len(bench.said(Flatten)) == 1
    bench.flattened()
    bench.phase(Phase.PROTECTED)
    assert [flatten.number for flatten in bench.said(Flatten)] == [1, 2]


def test_what_does_not_clear_unlatches_once_flat_and_after_a_pause() -> None:
    bench = Bench().holding()
    bench.alarm(NAKED)
    bench.clear(NAKED)
    bench.flattened()
    bench.run(4.7)
    assert bench.latched == [f"unprotected[{MES}]"]
    bench.run(0.6)
    assert (bench.latched, bench.states[-1]) == ([], "RUNNING")


def test_the_pause_alone_does_not_unlatch_what_is_not_flat() -> None:
    bench = Bench().holding()
    bench.alarm(NAKED)
    bench.run(15)
    assert bench.latched == [f"unprotected[{MES}]"]
    bench.flattened()
    bench.run(0.3)
    assert bench.latched == []


def test_a_halt_flattens_and_nothing_lifts_it_and_the_exit_code_says_so() -> None:
    bench = Bench().holding()
    bench.alarm(AlarmKind.DAILY_LOSS, "account")
    assert len(bench.said(Flatten)) == 1
    bench.flattened()
    bench.clear(AlarmKind.DAILY_LOSS, "account")
    bench.run(60)
    assert (bench.latched, bench.states[-1]) == (["daily_loss[account]"], "HALTED")
    assert bench.code() is None
    bench.send(StopRequested("Ctrl-C"))
    bench.flattened(2)
    assert bench.code() == 10


def test_a_flatten_that_misses_its_deadline_calls_the_emergency_hand_once() -> None:
    bench = Bench().holding()
    bench.alarm(NAKED)
    began = bench.now
    bench.run(2.9)
    assert bench.emergencies == []
    bench.run(0.4)
    ((number, at),) = bench.emergencies
    assert number == 1
    assert 3 * SECOND <= at - began <= 3.25 * SECOND
    (failed,) = bench.said(FlattenFailed)
    assert (failed.number, failed.way) == (1, "order")
    bench.run(10)
    assert len(bench.emergencies) == 1


@pytest.mark.parametrize("way", ["emergency", "sentinel"])
def test_the_emergency_hand_is_called_again_after_it_has_failed(way: str) -> None:
    bench = Bench().holding()
    bench.alarm(NAKED)
    bench.run(3.3)
    bench.send(FlattenFailed(9, way, "another flatten's"))
    bench.run(4)
    assert len(bench.emergencies) == 1
    bench.send(FlattenFailed(1, way, "HTTP 500"))
    bench.run(1)
    assert len(bench.emergencies) == 1  # at the next deadline, not in a burst
    bench.run(3)
    assert len(bench.emergencies) == 2


def test_the_emergency_hands_success_ends_the_flatten() -> None:
    bench = Bench().holding()
    bench.alarm(STALE)
    bench.run(4)
    bench.send(Flattened(7, "another", 0))
    assert bench.states[-1] == "FLATTENING"
    bench.send(Flattened(1, "by the lane", 0))
    assert bench.states[-1] == "LATCHED"
    assert len(bench.said(Latch)) == 1
    assert bench.said(Unlatch) == []
