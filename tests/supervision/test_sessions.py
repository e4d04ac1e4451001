"""The session's beginning and end, and what happens to children that fail."""

from msgspec.structs import replace

from messages.base import SECOND, Message
from messages.control import (
    ActorFailed,
    ActorRestarted,
    Alarm,
    AlarmKind,
    BooksClosed,
    CloseBooks,
    Flatten,
    Flattened,
    Latch,
    Ping,
    Pong,
    SessionStarted,
    StopRequested,
)
from messages.hub import CloseHub, Hub, HubLost, HubOpened
from messages.order import Phase
from messages.position import QueryAccount
from tests.supervision.bench import LIMITS, Bench, Child


def heard(kind: type[Message]) -> list[tuple[str, Message]]:
    return [(who, message) for who, message in Child.heard if isinstance(message, kind)]


# The beginning


def test_the_session_starts_when_every_child_has_answered() -> None:
    bench = Bench()
    bench.spawn("order")
    bench.supervisor.begin()
    bench.run(1)
    assert [pong.actor for pong in bench.said(Pong)] == ["order"]
    assert bench.sessions == 0
    bench.spawn("risk")
    bench.run(1)
    assert bench.sessions == 1
    assert bench.said(SessionStarted)[0].at == bench.now - SECOND


def test_it_starts_once_whatever_answers_later() -> None:
    bench = Bench().start()
    bench.send(Pong("order", 1), Pong("risk", 1))
    assert bench.sessions == 1


def test_a_child_that_fails_before_answering_is_asked_again() -> None:
    bench = Bench()
    bench.spawn("order")
    bench.supervisor.begin()
    bench.send(ActorFailed("risk", 1, "ValueError()", "", ""))
    assert bench.sessions == 1
    assert len(bench.said(Ping)) == 2


def test_it_runs_once_positions_are_settled_and_both_hubs_open() -> None:
    bench = Bench().start()
    bench.send(HubOpened(Hub.USER, 1))
    bench.phase(Phase.FLAT)
    assert bench.states == []
    bench.send(HubOpened(Hub.MARKET, 1))
    assert bench.states == ["RUNNING"]


def test_a_hub_that_opened_and_was_lost_again_is_waited_for() -> None:
    bench = Bench().start()
    bench.send(HubOpened(Hub.USER, 1), HubLost(Hub.USER, 1, "gone"), HubOpened(Hub.MARKET, 1))
    bench.phase(Phase.FLAT)
    assert bench.states == []
    bench.send(HubOpened(Hub.USER, 2))
    assert bench.states == ["RUNNING"]


def test_a_hub_that_is_not_wanted_is_not_waited_for() -> None:
    limits = replace(LIMITS, hubs=(Hub.MARKET,))
    bench = Bench(limits).start()
    bench.phase(Phase.FLAT)
    assert "RUNNING" not in bench.states
    bench.send(HubOpened(Hub.MARKET, 1))
    assert bench.states[-1] == "RUNNING"


def test_it_does_not_run_while_a_position_is_unsettled() -> None:
    bench = Bench().start()
    bench.send(*[HubOpened(hub, 1) for hub in Hub])
    bench.phase(Phase.EXITING)
    assert bench.states == []
    bench.phase(Phase.PROTECTED)
    assert bench.states == ["RUNNING"]


# The end


def test_a_stop_latches_flattens_and_ends_with_its_code_once_flat() -> None:
    bench = Bench().holding()
    bench.send(StopRequested("Ctrl-C"))
    assert (bench.latched, bench.states[-1]) == (["stopping"], "STOPPING")
    assert len(bench.said(Flatten)) == 1
    assert bench.code() is None
    bench.flattened()
    assert (bench.code(), bench.states[-1]) == (0, "FLAT")
    assert bench.said(CloseHub) == [CloseHub(hub) for hub in Hub]


def test_a_stop_may_name_the_exit_code_that_its_success_has() -> None:
    bench = Bench().running()
    bench.send(StopRequested("disk full", 9))
    bench.flattened()
    assert bench.code() == 9


def closing() -> Bench:
    """Asked to stop, and flat; the position room has its books to close."""
    bench = Bench(children=("order", "position")).holding()
    bench.send(StopRequested("Ctrl-C"))
    bench.phase(Phase.FLAT)
    bench.flattened()
    return bench


def test_the_session_is_over_once_the_books_are_closed_too() -> None:
    bench = closing()
    assert bench.said(CloseBooks) == [CloseBooks()]
    assert (bench.code(), bench.states[-1], bench.said(CloseHub)) == (None, "STOPPING", [])
    bench.send(BooksClosed())
    assert (bench.code(), bench.states[-1]) == (0, "FLAT")
    assert bench.said(CloseHub) == [CloseHub(hub) for hub in Hub]


def unclosed() -> Bench:
    """The books do not close, and the time to stop is over."""
    bench = closing()
    bench.run(19)
    assert (bench.code(), len(bench.said(Flatten)), bench.said(Alarm)) == (None, 1, [])
    bench.run(1.25)
    return bench


def test_books_that_will_not_close_are_told_and_flat_is_proven_once_more() -> None:
    bench = unclosed()
    assert bench.code() is None
    assert [alarm.kind for alarm in bench.said(Alarm)] == [AlarmKind.MISMATCH]
    assert len(bench.said(Flatten)) == 2
    bench.flattened(2)
    assert (bench.code(), bench.states[-1]) == (0, "FLAT")
    assert len(bench.said(CloseBooks)) == 1


def test_the_lane_may_prove_it_too() -> None:
    bench = unclosed()
    bench.run(3.25)
    assert [number for number, _ in bench.emergencies] == [2]
    bench.send(Flattened(2, "by the lane", 0))
    assert (bench.code(), bench.states[-1]) == (0, "FLAT")


def test_without_that_proof_it_ends_with_6() -> None:
    bench = unclosed()
    bench.run(5.5)
    assert bench.code() is None
    bench.run(1)
    assert (bench.code(), bench.states[-1]) == (6, "NOT_FLAT")


def test_what_comes_to_life_while_the_books_are_closed_is_waited_for() -> None:
    bench = closing()
    bench.phase(Phase.EXITING)  # of an order, or a position, that nobody expected
    bench.send(BooksClosed())
    assert bench.code() is None
    bench.phase(Phase.FLAT)
    assert (bench.code(), bench.states[-1]) == (0, "FLAT")


def test_who_asks_again_while_something_lives_has_it_flattened() -> None:
    bench = closing()
    bench.phase(Phase.EXITING)
    bench.send(StopRequested("Ctrl-C"))
    assert (bench.code(), len(bench.said(Flatten))) == (None, 2)
    bench.flattened(2)
    assert bench.code() == 0


def test_who_asks_again_does_not_wait_for_the_books() -> None:
    bench = closing()
    bench.send(StopRequested("Ctrl-C"))
    assert (bench.code(), bench.emergencies) == (0, [])


def test_a_restarted_position_room_is_asked_for_the_books_again() -> None:
    bench = closing()
    bench.send(ActorFailed("position", 1, "ValueError()", "", ""))
    assert len(bench.said(CloseBooks)) == 2


def test_the_books_of_a_position_room_that_was_given_up_are_not_waited_for() -> None:
    bench = Bench(children=("order", "position")).running()
    bench.send(*[ActorFailed("position", n, "ValueError()", "", "") for n in (1, 2, 3)])
    bench.phase(Phase.FLAT)
    bench.flattened()
    assert (bench.code(), bench.states[-1], bench.said(CloseBooks)) == (10, "FLAT", [])


def test_a_position_that_appears_after_the_end_is_flattened() -> None:
    bench = closing()
    bench.phase(Phase.EXITING, Phase.PROTECTED)
    assert len(bench.said(Flatten)) == 2
    bench.send(BooksClosed())
    assert bench.code() is None
    bench.flattened(2)
    bench.send(BooksClosed())
    assert bench.code() == 0


def test_a_stop_while_flat_still_asks_the_venue() -> None:
    bench = Bench().running()
    bench.send(StopRequested("Ctrl-C"))
    assert bench.code() is None
    assert len(bench.said(Flatten)) == 1


def test_who_asks_again_does_not_wait_for_the_actors() -> None:
    bench = Bench(replace(LIMITS, duration=5 * SECOND)).holding()
    bench.run(5.3)  # its duration is over: nobody has asked yet
    bench.send(StopRequested("Ctrl-C"))
    assert bench.emergencies == []
    bench.send(StopRequested("Ctrl-C"))
    assert [number for number, _ in bench.emergencies] == [1]
    bench.send(StopRequested("Ctrl-C"))
    assert len(bench.emergencies) == 1


def test_a_second_stop_neither_flattens_again_nor_changes_the_code() -> None:
    bench = Bench().holding()
    bench.send(StopRequested("first"), StopRequested("second", 7))
    bench.flattened()
    assert len(bench.said(Flatten)) == 1
    assert bench.code() == 0


def test_a_stop_during_a_flatten_ends_with_it() -> None:
    bench = Bench().holding()
    bench.alarm(AlarmKind.STALE_DATA)
    bench.send(StopRequested("Ctrl-C"))
    bench.flattened()
    assert bench.code() == 0
    assert len(bench.said(Flatten)) == 1


def test_a_stop_that_cannot_be_proven_flat_in_time_ends_with_6() -> None:
    bench = Bench().holding()
    bench.send(StopRequested("Ctrl-C"))
    bench.run(19.9)
    assert bench.code() is None
    bench.run(0.4)
    assert (bench.code(), bench.states[-1]) == (6, "NOT_FLAT")
    assert bench.said(CloseHub) == [CloseHub(hub) for hub in Hub]


def test_the_session_ends_after_its_duration() -> None:
    bench = Bench(replace(LIMITS, duration=30 * SECOND)).running()
    bench.run(29.9)
    assert bench.said(Flatten) == []
    bench.run(0.4)
    (flatten,) = bench.said(Flatten)
    assert flatten.reason == "stopping: duration"
    bench.flattened()
    assert bench.code() == 0


def test_without_a_duration_it_goes_on() -> None:
    bench = Bench().running()
    bench.run(3_600)
    assert bench.states == ["RUNNING"]


# Children that fail


def test_a_failed_child_is_restarted_and_the_others_are_told() -> None:
    bench = Bench().running()
    bench.send(QueryAccount())
    (failed,) = bench.said(ActorFailed)
    assert failed.actor == "order"
    assert [restarted.actor for restarted in bench.said(ActorRestarted)] == ["order"]
    assert bench.runtime.current["order"].generation == 2
    assert bench.sessions == 1
    assert bench.states[-1] == "RUNNING"


def test_an_unknown_actors_failure_is_not_ours() -> None:
    bench = Bench().running()
    bench.send(ActorFailed("gateway.1", 1, "ValueError()", "", ""))
    assert bench.said(ActorRestarted) == []


def test_latches_are_told_again_to_a_restarted_child() -> None:
    bench = Bench().running()
    bench.alarm(AlarmKind.HUB_DOWN, "user")
    bench.send(QueryAccount())
    assert ("order#2", Latch("hub_down[user]", "words")) in heard(Latch)


def test_a_flatten_under_way_is_told_again_to_a_restarted_order_room_only() -> None:
    bench = Bench().holding()
    bench.alarm(AlarmKind.UNPROTECTED)
    bench.send(ActorFailed("risk", 1, "ValueError()", "", ""))
    assert [who for who, _ in heard(Flatten)] == ["order#1"]
    bench.send(QueryAccount())
    again = heard(Flatten)
    assert [who for who, _ in again] == ["order#1", "order#2"]
    assert again[0][1] == again[1][1]


def test_a_restarted_order_room_leaves_a_flatten_to_the_emergency_hand_that_has_it() -> None:
    bench = Bench().holding()
    bench.alarm(AlarmKind.UNPROTECTED)
    bench.run(4)
    bench.send(QueryAccount())
    assert [who for who, _ in heard(Flatten)] == ["order#1"]


def test_too_many_failures_flatten_and_stop_with_10_and_leave_the_child_alone() -> None:
    bench = Bench().holding()
    for _ in range(3):
        bench.send(QueryAccount())
    assert len(bench.said(ActorRestarted)) == 2
    (flatten,) = bench.said(Flatten)
    assert "order failed more than 2 times" in flatten.reason
    assert bench.states[-1] == "STOPPING"
    bench.send(QueryAccount())
    bench.run(5)
    assert bench.runtime.accounts().queued == 0, "what comes for it is a dead letter"
    assert [alarm.kind for alarm in bench.said(Alarm)] == []
    assert len(bench.emergencies) == 1
    bench.send(Flattened(1, "by the lane", 0))
    assert (bench.code(), bench.states[-1]) == (10, "FLAT")


def test_failures_far_apart_are_forgiven() -> None:
    bench = Bench().running()
    for _ in range(5):
        bench.send(QueryAccount())
        bench.run(31)
    assert len(bench.said(ActorRestarted)) == 5
    assert bench.said(Flatten) == []


def test_a_hung_child_is_replaced_and_its_mailbox_handled() -> None:
    bench = Bench().running()
    bench.runtime.wedge("risk")
    bench.send(Ping(2))
    bench.run(1.9)
    assert bench.said(ActorRestarted) == []
    bench.run(0.7)
    assert [restarted.actor for restarted in bench.said(ActorRestarted)] == ["risk"]
    (alarm,) = bench.said(Alarm)
    assert (alarm.kind, alarm.subject, alarm.measured) == (AlarmKind.HUNG_ACTOR, "risk", 1)
    (failure,) = bench.said(ActorFailed)
    assert (failure.actor, failure.error, failure.traceback) == ("risk", "hung", "STACKS")
    assert [pong.actor for pong in bench.said(Pong) if pong.number == 2] == ["order", "risk"]
    bench.run(10)
    assert len(bench.said(ActorRestarted)) == 1


def test_flat_means_every_contract() -> None:
    bench = Bench().running()
    assert bench.supervisor.flat
    bench.phase(Phase.ENTERING)
    assert not bench.supervisor.flat
