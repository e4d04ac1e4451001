"""A stop moved by another hand: what its position may still lose is counted from where it is."""

import pytest

from messages.base import DOLLAR, Money
from messages.decision import Approved, Denial, Denied
from messages.order import Phase, PhaseChanged, StopMoved
from messages.position import PositionChanged
from tests.risk.bench import MES, MNQ, NOW, Desk, risk, signal
from tests.risk.room import Room

ONE = 15 * DOLLAR
"""What the bench's entry of one contract has at stake; 50 dollars are allowed for the day."""


def holding(at_stop: Money) -> Desk:
    desk = Desk(risk(max_contracts=2))
    desk.hold(1, one=MNQ)
    desk.account.moved(StopMoved(MNQ.id, 7, 24_000, 23_000, at_stop), NOW)
    return desk


def test_a_stop_moved_away_takes_room_from_the_next_entry() -> None:
    holding(50 * DOLLAR - ONE).approval()
    denied = holding(50 * DOLLAR - ONE + 1).denial()
    assert (denied.code, denied.needs) == (Denial.DAILY_LOSS, 50 * DOLLAR + 1)


def test_a_stop_moved_into_profit_has_nothing_at_stake() -> None:
    assert holding(-5 * DOLLAR).account.at_stake(NOW) == 0


def test_open_profit_may_be_lost_on_the_way_to_the_stop() -> None:
    desk = holding(10 * DOLLAR)
    desk.hold(1, 4 * DOLLAR, MNQ)
    assert desk.account.at_stake(NOW) == 14 * DOLLAR


def test_a_short_position_commits_its_contracts_until_both_say_that_it_is_gone() -> None:
    desk = Desk(risk(max_contracts=2))
    desk.phase(Phase.PROTECTED, MNQ)
    desk.hold(-2, one=MNQ)
    desk.account.moved(StopMoved(MNQ.id, 7, 24_000, 25_000, 10 * DOLLAR), NOW)
    desk.hold(0, one=MNQ)
    holding = desk.account.holdings[MNQ.id]
    assert holding.committed(NOW) == 2, "the way out is not over before the order room says so"
    desk.phase(Phase.FLAT, MNQ)
    assert holding.committed(NOW) == 0


@pytest.mark.parametrize("contract", [MES.id, "CON.F.US.ENQ.Z26"])
def test_nothing_is_at_stake_where_nothing_is_held(contract: str) -> None:
    desk = Desk()
    desk.account.moved(StopMoved(contract, 7, 24_000, 23_000, 49 * DOLLAR), NOW)
    desk.approval()


def test_the_room_hears_of_it_and_forgets_it_with_the_position() -> None:
    room = Room(risk(max_contracts=2))
    room.know()
    held = (PhaseChanged(MES.id, Phase.PROTECTED, ""), PositionChanged(MES.id, 1, 0, NOW, 0))
    room.tell(*held, StopMoved(MES.id, 7, 24_000, 23_000, 49 * DOLLAR))
    (denied,) = room.tell(signal())
    assert isinstance(denied, Denied)
    assert denied.code is Denial.DAILY_LOSS  # before in_position, which it breaks too
    room.tell(PositionChanged(MES.id, 0, 0, NOW, 0), PhaseChanged(MES.id, Phase.FLAT, ""))
    (approved,) = room.tell(signal())
    assert isinstance(approved, Approved)
