"""Ways out, reversals, permission and the venue's lock."""

import pytest
from msgspec.structs import replace

from messages.base import DOLLAR, Message
from messages.control import Alarm, AlarmCleared, AlarmKind
from messages.decision import Approved, Denial, Permission, SignalKind
from messages.order import Phase
from messages.position import Account
from tests.risk.bench import LIMIT_REACHED, MES, NOW, Desk, signal

WAYS_OUT = [kind for kind in SignalKind if not kind.endswith("ENTRY")]


def of(kind: type[Message], news: list[Message]) -> list[Message]:
    return [message for message in news if isinstance(message, kind)]


def test_an_approved_entry_carries_size_stop_target_and_dollars(desk: Desk) -> None:
    assert desk.judge() == Approved(
        contract=MES.id,
        bar_end=NOW,
        kind=SignalKind.LONG_ENTRY,
        price=24_000,
        size=1,
        stop_ticks=12,
        target_ticks=18,
        risk=15 * DOLLAR,
        used=0,
        limit=50 * DOLLAR,
    )


def test_a_short_entry_is_judged_as_a_long_one(desk: Desk) -> None:
    assert desk.approval(signal(SignalKind.SHORT_ENTRY)).risk == 15 * DOLLAR
    assert desk.denial(signal(SignalKind.SHORT_ENTRY)).code is Denial.STALE_ORDERS


@pytest.mark.parametrize("kind", WAYS_OUT)
def test_a_way_out_is_approved_whatever_is_broken(desk: Desk, kind: SignalKind) -> None:
    desk.account.figured(LIMIT_REACHED)
    desk.account.account = Account(7, "PRAC-7", -1, False)
    desk.account.latches["halt"] = "by hand"
    desk.account.doubt_positions()
    desk.phase(Phase.UNKNOWN)
    out = desk.approval(signal(kind), NOW + 10**12)
    assert (out.kind, out.size, out.stop_ticks, out.target_ticks, out.risk) == (kind, 0, 0, 0, 0)
    assert (out.used, out.limit) == (50 * DOLLAR, 50 * DOLLAR)


def test_a_reversal_reserves_nothing_for_its_entry(desk: Desk) -> None:
    desk.approval(signal(SignalKind.REVERSE_TO_SHORT))
    assert desk.account.committed(NOW) == 0
    desk.approval(signal(SignalKind.SHORT_ENTRY))


def test_permission_is_told_at_first_and_then_on_change_of_its_code_only(desk: Desk) -> None:
    assert desk.book.news(NOW) == [Permission(True, None)]
    assert desk.book.news(NOW) == []
    desk.account.figured(LIMIT_REACHED)
    words = "daily_loss used=$50.00 limit=$50.00 left=$0.00"
    assert desk.book.news(NOW) == [Permission(False, Denial.DAILY_LOSS, words)]
    desk.account.figured(replace(LIMIT_REACHED, realised=-51 * DOLLAR))
    assert desk.book.news(NOW) == []
    desk.account.latches["halt"] = "by hand"
    (permission,) = desk.book.news(NOW)
    assert permission == Permission(False, Denial.HALTED, "halted (halt: by hand)")


def test_permission_is_repeated_for_a_room_that_lost_it(desk: Desk) -> None:
    desk.book.news(NOW)
    desk.book.repeat()
    assert desk.book.news(NOW) == [Permission(True, None)]


def test_permission_does_not_speak_of_single_contracts(desk: Desk) -> None:
    desk.phase(Phase.PROTECTED)
    desk.hold(1)
    assert desk.book.permission(NOW).allowed


def test_the_venue_s_lock_alarms_once_and_clears(desk: Desk) -> None:
    account = desk.account.account
    assert account is not None
    assert of(Alarm, desk.book.news(NOW)) == []
    desk.account.account = replace(account, can_trade=False)
    words = "the venue has locked account PRAC-7: canTrade is false"
    alarm = Alarm(AlarmKind.LOCKED_OUT, "account", words)
    assert of(Alarm, desk.book.news(NOW)) == [alarm]
    assert of(Alarm, desk.book.news(NOW)) == []
    desk.account.account = account
    cleared = AlarmCleared(AlarmKind.LOCKED_OUT, "account")
    assert of(AlarmCleared, desk.book.news(NOW)) == [cleared]
