"""The wiring as data: who receives a message, and what is wrong with a table."""

import pytest

from actors.runtime.wiring import Routes, Wiring, faults
from messages.base import Message
from messages.control import CloseBarDue, Latch, SessionStarted
from messages.market import Depth, Quote, Tape

ROUTES: Routes = {
    Quote: ("bar", "watchdog"),
    Depth: ("bar",),
    SessionStarted: ("bar", "risk"),
    Latch: (),
}
WIRING = Wiring(ROUTES, frozenset(), {}, ("A", "B"))


@pytest.mark.parametrize(
    ("message", "receivers"),
    [
        (Quote("A", 0, 0), ("bar[A]", "watchdog")),
        (Quote("B", 0, 0), ("bar[B]", "watchdog")),
        (SessionStarted(0), ("bar[A]", "bar[B]", "risk")),
        (Latch("", ""), ()),
    ],
)
def test_a_message_of_a_contract_finds_its_own_room_and_others_find_all(
    message: Message, receivers: tuple[str, ...]
) -> None:
    assert WIRING.receivers(message) == receivers


def test_a_message_without_a_route_is_an_error_that_names_it() -> None:
    with pytest.raises(LookupError, match="Tape has no route"):
        WIRING.receivers(Tape("A", 0, ()))


def test_a_contract_that_nobody_trades_is_an_error_that_names_it() -> None:
    with pytest.raises(LookupError, match="Quote: no bar for contract 'C'"):
        WIRING.receivers(Quote("C", 0, 0))


def test_tables_that_agree_have_no_faults() -> None:
    handled = {
        "bar": (Quote, Depth, SessionStarted, CloseBarDue),
        "watchdog": (Quote,),
        "risk": (SessionStarted,),
    }
    assert faults(ROUTES, handled, timers=(CloseBarDue,)) == []


def test_each_fault_is_a_line() -> None:
    handled = {"bar": (Quote, SessionStarted, CloseBarDue), "watchdog": (Quote, Tape)}
    assert faults(ROUTES, handled) == [
        "Depth is routed to bar, which has no handler for it",
        "SessionStarted is routed to risk, which does not exist",
        "bar handles CloseBarDue, which is not routed to it",
        "watchdog handles Tape, which is not routed to it",
    ]


def test_a_route_to_another_room_does_not_excuse_a_handler() -> None:
    assert faults({Depth: ("bar",)}, {"bar": (Depth,), "risk": (Depth,)}) == [
        "risk handles Depth, which is not routed to it"
    ]
