"""The supervisor's tables agree with the rooms, the ports and one another."""

from collections.abc import Sequence

import pytest

from actors.engine import Child
from actors.runtime.address import (
    GATEWAY,
    HUBS,
    LEDGER,
    MODEL,
    QUERIES,
    RISK,
    SIGNAL,
    SUPERVISOR,
)
from actors.runtime.wiring import faults
from actors.supervision.actions import Action
from actors.supervision.supervisor import Supervisor
from gateway.access import Access
from gateway.contracts import Instruments
from gateway.ledger.ledger import RECORDED
from gateway.rest import RestCore
from messages import control, hub, order, position
from messages.base import Message
from messages.control import AlarmKind
from messages.decision import Approved, Prediction, Signal
from messages.market import BarClosed
from supervisor import (
    ACTIONS,
    ACTORS,
    CHILDREN,
    CONTROL,
    MERGES,
    OBSERVING_CHILDREN,
    OBSERVING_ROUTES,
    REPLIES,
    ROUTES,
    TIMERS,
    observing_wiring,
    wiring,
)
from tests.runtime.stage import VOCABULARY

REST = RestCore(Access("demo", "demo"), Instruments(()), 1).requests
HUB_REQUESTS = (hub.OpenHub, hub.CloseHub, hub.RefreshHub, hub.MeasureHubs)
LEDGER_QUESTIONS = (position.QueryHighWater, order.QueryIntents)
PORTS = {HUBS, GATEWAY, QUERIES, LEDGER}


def handled(children: Sequence[Child] = CHILDREN) -> dict[str, tuple[type[Message], ...]]:
    table = {child.name: tuple(child.actor.handlers) for child in children}
    table[SUPERVISOR] = tuple(Supervisor.handlers)
    table[HUBS] = HUB_REQUESTS
    table[LEDGER] = (*RECORDED, *LEDGER_QUESTIONS)
    for port in (GATEWAY, QUERIES):  # one core serves both
        table[port] = tuple(kind for kind in REST if port in ROUTES.get(kind, ()))
    return table


def test_every_route_has_a_handler_and_every_handler_a_route() -> None:
    assert faults(ROUTES, handled(), TIMERS) == []


def test_a_bar_is_with_those_who_judge_an_answer_to_it_before_those_who_answer() -> None:
    """Between two receivers a thread may be interrupted, for as long as a busy machine likes."""
    answers: tuple[type[Message], ...] = (Prediction, Signal, Approved)
    heard = ROUTES[BarClosed]
    for sender, answer in zip((MODEL, SIGNAL, RISK), answers, strict=True):
        (first, *_) = ROUTES[answer]
        assert heard.index(first) < heard.index(sender)


def test_a_session_that_observes_has_its_handlers_and_no_way_to_the_gateway() -> None:
    table = handled(OBSERVING_CHILDREN)
    del table[GATEWAY]
    assert faults(OBSERVING_ROUTES, table, TIMERS) == []
    assert not [kind for kind, names in OBSERVING_ROUTES.items() if GATEWAY in names]
    assert set(OBSERVING_ROUTES) == set(ROUTES), "every message can still be said"
    assert [child.name for child in OBSERVING_CHILDREN] == [child.name for child in CHILDREN]
    assert observing_wiring(("A",)).routes is OBSERVING_ROUTES


def test_every_request_that_rest_serves_is_asked_of_one_port() -> None:
    for request in REST:
        assert len(ROUTES[request]) == 1, request
        assert ROUTES[request][0] in (GATEWAY, QUERIES)


def test_ports_are_asked_nothing_that_they_do_not_serve() -> None:
    asked = {kind for kind, names in ROUTES.items() if PORTS & set(names)}
    assert asked == {*REST, *HUB_REQUESTS, *RECORDED, *LEDGER_QUESTIONS}


def test_every_message_has_a_route_or_is_a_timer() -> None:
    assert set(ROUTES) | set(TIMERS) == set(VOCABULARY)
    assert not set(ROUTES) & set(TIMERS)


def test_every_timer_is_handled_by_exactly_one_room() -> None:
    table = handled()
    for timer in TIMERS:
        assert sum(timer in kinds for kinds in table.values()) == 1, timer


def test_a_child_a_name_in_the_order_of_dependence() -> None:
    names = [child.name for child in CHILDREN]
    assert sorted(names) == sorted(set(names)) == sorted(ACTORS)
    assert names.index("position") < names.index("order") < names.index("hub")
    assert names[-1] == "hub"  # nothing streams before everybody is there


def test_every_child_is_pinged_and_every_kind_of_alarm_has_its_action() -> None:
    assert set(ROUTES[control.Ping]) == {child.name for child in CHILDREN}
    assert set(ACTIONS) == set(AlarmKind)


@pytest.mark.parametrize(
    ("kind", "action"),
    [
        (AlarmKind.STALE_DATA, Action.FLATTEN),
        (AlarmKind.UNPROTECTED, Action.FLATTEN_ONCE),
        (AlarmKind.BRACKET_LOST, Action.FLATTEN_ONCE),
        (AlarmKind.EXCESS_POSITION, Action.FLATTEN_ONCE),
        (AlarmKind.UNKNOWN_OUTCOME, Action.FLATTEN_ONCE),
        (AlarmKind.HUB_DOWN, Action.LATCH),
        (AlarmKind.POSITION_BRACKETS, Action.HALT),
        (AlarmKind.KILL_SWITCH, Action.HALT),
        (AlarmKind.HUNG_ACTOR, Action.NOTE),
    ],
)
def test_what_is_done_about_what_the_promises_name(kind: AlarmKind, action: Action) -> None:
    assert ACTIONS[kind] is action


def test_every_request_has_its_answers_and_they_reach_somebody() -> None:
    asked = {kind for kind, names in ROUTES.items() if PORTS & set(names)} - set(RECORDED)
    within = {control.Ping, control.Flatten, control.CloseBooks}
    assert set(REPLIES) - within == asked - {hub.CloseHub}
    for request, answers in REPLIES.items():
        assert ROUTES[request], request
        for answer in answers:
            assert ROUTES[answer] or answer is position.HighWater, answer  # nobody asks yet


def test_only_these_overtake_data() -> None:
    assert {
        control.Latch,
        control.Unlatch,
        control.Flatten,
        control.Ping,
        control.StopRequested,
    } == CONTROL


def test_only_quotes_are_merged_while_they_wait() -> None:
    assert [kind.__name__ for kind in MERGES] == ["Quote"]


def test_each_contract_has_its_own_bars_and_no_other_room_is_doubled() -> None:
    table = wiring(("A", "B"))
    assert table.addresses("bar") == ("bar[A]", "bar[B]")
    assert table.addresses("order") == ("order",)
