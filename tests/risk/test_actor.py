"""The risk room on a runtime: what it asks, repeats and publishes, and when."""

import pytest

from config.schema import Api
from messages.control import (
    ActorRestarted,
    Alarm,
    AlarmCleared,
    AlarmKind,
    Latch,
    SessionStarted,
    Unlatch,
)
from messages.decision import Approved, Denial, Denied, Permission, SignalKind
from messages.hub import Hub, HubLost, HubOpened, HubState, Stream
from messages.market import MarketStatus, MarketStatusChanged
from messages.order import Phase, PhaseChanged
from messages.position import (
    PositionChanged,
    PositionMarked,
    QueryAccount,
    Reconciled,
)
from tests.risk.bench import MES, NOW, api, figures, risk, signal, trading
from tests.risk.room import ACCOUNT, OPEN, OPENED, Room


@pytest.fixture
def room() -> Room:
    made = Room()
    made.tell(SessionStarted(NOW))
    return made


def test_a_session_begins_with_a_question_and_a_refusal() -> None:
    asked, permission = Room().tell(SessionStarted(NOW))
    assert asked == QueryAccount()
    assert isinstance(permission, Permission)
    assert (permission.allowed, permission.code) == (False, Denial.STARTING)


def test_what_an_earlier_process_alarmed_is_cleared_by_the_first_good_readings() -> None:
    room = Room(doubted=True)
    room.tell(SessionStarted(NOW))
    room.know()
    cleared = {said.kind for said in room.listener.heard if isinstance(said, AlarmCleared)}
    assert cleared == {AlarmKind.LOCKED_OUT, AlarmKind.SESSION_END}


def test_the_last_thing_known_permits_entries(room: Room) -> None:
    assert room.know() == [Permission(True, None)]


def test_an_unanswered_question_is_asked_again_until_it_is_answered(room: Room) -> None:
    assert room.tell(seconds=9.9) == []
    assert room.tell(seconds=10.2) == [QueryAccount(), QueryAccount()]
    room.tell(ACCOUNT)
    assert room.tell(seconds=30) == []


def test_every_signal_is_answered_with_a_verdict(room: Room) -> None:
    (verdict,) = room.tell(signal())
    assert isinstance(verdict, Denied)
    room.know()
    assert [type(m) for m in room.tell(signal())] == [Approved]
    assert [type(m) for m in room.tell(signal(SignalKind.EXIT_LONG))] == [Approved]


def test_a_latch_forbids_at_once_and_lifting_it_permits(room: Room) -> None:
    room.know()
    words = "latched (stale: 5.2 s)"
    assert room.tell(Latch("stale", "5.2 s")) == [Permission(False, Denial.LATCHED, words)]
    assert room.tell(Unlatch("stale", "fresh")) == [Permission(True, None)]


def test_the_tick_that_breaches_the_daily_loss_alarms_and_forbids(room: Room) -> None:
    room.know()
    room.tell(PositionChanged(MES.id, 1, 240_000_000, NOW, 0))
    assert room.tell(PositionMarked(MES.id, 23_961, -499_999)) == []
    alarm, permission = room.tell(PositionMarked(MES.id, 23_960, -500_000))
    assert isinstance(alarm, Alarm)
    assert alarm.kind is AlarmKind.DAILY_LOSS
    assert isinstance(permission, Permission)
    assert permission.code is Denial.DAILY_LOSS


def test_a_close_does_not_permit_entries_before_its_loss_is_in_the_figures(room: Room) -> None:
    room.know()
    room.tell(
        PositionChanged(MES.id, 1, 240_000_000, NOW, 0), PositionMarked(MES.id, 23_960, -500_000)
    )
    closed = (
        PositionChanged(MES.id, 0, 0, 0, -506_100),
        PositionMarked(MES.id, 0, 0),
        figures(-506_100, 1, 1, NOW),
    )
    assert room.tell(*closed) == []


def test_time_alone_ends_a_cooldown() -> None:
    room = Room(risk(cooldown_s=5.0))
    room.tell(SessionStarted(NOW))
    room.know()
    (paused,) = room.tell(figures(-10_000, 1, 1, NOW))
    assert isinstance(paused, Permission)
    assert paused.code is Denial.COOLDOWN
    assert room.tell(seconds=4.9) == []
    assert room.tell(seconds=0.2) == [Permission(True, None)]


def test_time_alone_ends_the_session() -> None:
    room = Room(hours=trading(calendar="sessions", flatten_time="09:31"))
    room.tell(SessionStarted(NOW))
    assert room.know() == [Permission(True, None)]
    permission, alarm = room.tell(seconds=61)
    words = "flatten_time now=09:31 since=09:31 New York"
    assert permission == Permission(False, Denial.FLATTEN_TIME, words)
    assert isinstance(alarm, Alarm)
    assert alarm.kind is AlarmKind.SESSION_END


def test_a_restarted_signal_room_is_told_the_permission_again(room: Room) -> None:
    room.know()
    assert room.tell(ActorRestarted("hub")) == []
    assert room.tell(ActorRestarted("signal")) == [Permission(True, None)]


def test_a_restarted_position_room_freezes_entries_until_it_has_reconciled(room: Room) -> None:
    room.know()
    (frozen,) = room.tell(ActorRestarted("position"))
    assert isinstance(frozen, Permission)
    assert frozen.code is Denial.STARTING
    assert room.tell(Reconciled(MES.id, 0, False)) == [Permission(True, None)]


def test_a_restarted_risk_room_asks_and_forbids_until_it_has_been_told_again(room: Room) -> None:
    room.know()
    room.start()
    assert room.tell() == [QueryAccount()]
    forbidden, hours = room.tell(figures())
    assert isinstance(forbidden, Permission)
    assert forbidden.code is Denial.STARTING
    assert hours == AlarmCleared(AlarmKind.SESSION_END, "account")
    repeated = (PositionChanged(MES.id, 0, 0, 0, 0), PhaseChanged(MES.id, Phase.FLAT, "again"))
    assert room.tell(*repeated) == []
    locks = AlarmCleared(AlarmKind.LOCKED_OUT, "account")
    unseen, lock = room.tell(ACCOUNT, OPEN)
    assert isinstance(unseen, Permission)
    assert (unseen.code, lock) == (Denial.HUB_DOWN, locks)
    said = room.tell(*(HubState(hub, True) for hub in Hub))
    assert said == [Permission(True, None)]


def test_contracts_that_are_not_traded_here_are_not_judged_here(room: Room) -> None:
    room.know()
    foreign = "CON.F.US.EP.Z26"
    said = room.tell(
        PositionChanged(foreign, 1, 0, NOW, 0),
        PositionMarked(foreign, 1, -900_000),
        PhaseChanged(foreign, Phase.PROTECTED, "by hand"),
        Reconciled(foreign, 1, True),
    )
    assert said == []
    assert room.listener.context.dead == 0


@pytest.mark.parametrize("hub", Hub)
def test_a_lost_hub_forbids_entries_at_once_and_its_return_permits_them(
    room: Room, hub: Hub
) -> None:
    room.know()
    (forbidden,) = room.tell(HubLost(hub, 1, "reset"))
    assert forbidden == Permission(False, Denial.HUB_DOWN, f"hub_down ({hub} hub: reset)")
    (verdict,) = room.tell(signal())
    assert isinstance(verdict, Denied)
    assert verdict.code is Denial.HUB_DOWN
    assert room.tell(HubState(hub, True)) == [], "older word, for somebody else"
    assert room.tell(HubOpened(hub, 2)) == [Permission(True, None)]


@pytest.mark.parametrize(
    ("venue", "words"),
    [
        (api(hubs="market"), "user hub: not used (api.hubs)"),
        (api(streams=("trades", "depth")), "quotes: not subscribed to (api.streams)"),
        (api(streams=("quotes", "depth")), "trades: not subscribed to (api.streams)"),
    ],
)
def test_what_the_settings_leave_out_forbids_entries_for_good(venue: Api, words: str) -> None:
    room = Room(venue=venue)
    room.tell(SessionStarted(NOW))
    opened = [hub for hub in OPENED if hub.hub is Hub.MARKET or venue.hubs == "both"]
    said = room.tell(*opened, *(m for m in room.known() if m not in OPENED))
    assert said == [Permission(False, Denial.HUB_DOWN, f"hub_down ({words})")]


def test_without_depth_entries_are_allowed_as_far_as_the_quotes_go() -> None:
    room = Room(venue=api(streams=(Stream.QUOTES, Stream.TRADES)))
    room.tell(SessionStarted(NOW))
    assert room.know() == [Permission(True, None)]


def test_a_market_that_is_not_open_forbids_entries(room: Room) -> None:
    room.know()
    (forbidden,) = room.tell(MarketStatusChanged(MES.id, MarketStatus.BREAK, "16:00"))
    words = f"market_not_open ({MES.id} is break: 16:00)"
    assert forbidden == Permission(False, Denial.MARKET_NOT_OPEN, words)
    assert room.tell(OPEN) == [Permission(True, None)]
