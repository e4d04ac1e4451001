"""A hub that stays away for a minute: the venue's REST side stands in, nothing is entered, and
afterwards everything is as if nothing had been.
"""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, TypeVar

import pytest

from actors.engine import Child
from actors.runtime.address import Address
from actors.runtime.delivery import Delivery
from actors.signal.frames import Frames
from messages.base import SECOND, Message, Nanos
from messages.control import ActorRestarted, Alarm, AlarmKind, EngineState, StateChanged
from messages.decision import (
    Denial,
    ModelRefusal,
    NoPrediction,
    NoSignal,
    Permission,
    Prediction,
    SignalRefusal,
)
from messages.hub import Hub, HubLost, HubOpened
from messages.market import BarClosed, FrameClosed, PastFrames
from messages.order import PhaseChanged
from messages.position import ExitReason, PositionChanged, QueryPositions, RoundTrip
from models.features import LIVE
from supervisor import CHILDREN, TIMERS
from tests.oracle import Report
from tests.simulation.bench import IN_FLIGHT, Bench, broken, settings
from tests.simulation.strategies import EAGER, PATIENT
from tools.simulate.mishaps import crashing
from tools.simulate.session import CONTRACT, KEY, USER, Ended

M = TypeVar("M", bound=Message)

DOWN_S, AWAY_S, RUN_S = 30.0, 60.0, 180.0
TICK = 0.25
FAULTS = ("drop_hub", "refuse_upgrade")
"""The first once, so that the second has something to refuse."""


class Outage:
    """A session whose hub goes away for AWAY_S, once the engine is flat or in a position."""

    def __init__(
        self,
        hub: Hub,
        held: bool,
        *overrides: str,
        children: Sequence[Child] = CHILDREN,
    ) -> None:
        self.bench = Bench(5, RUN_S, settings(*overrides), children)
        self.session = self.bench.session
        self.hub = hub
        self.began: Nanos = 0
        self._held = held
        self._then: list[tuple[float, Callable[[], None]]] = []
        self.session.at(DOWN_S, self._break)

    def then(self, seconds: float, call: Callable[[], None]) -> None:
        """Do something so long after the hub has gone."""
        self._then.append((seconds, call))

    def market(self, **act: object) -> None:
        self.session.control("/sim/market", json.dumps(act).encode())

    def run(self) -> tuple[Ended, Report]:
        return self.bench.run()

    def said(self, kind: type[M]) -> list[tuple[Nanos, M]]:
        return [(at, m) for at, _, m in self.bench.ear.said if isinstance(m, kind)]

    def _break(self) -> None:
        if self.session.held is not self._held:
            self.session.at(self.session.seconds + 0.05, self._break)
            return
        self.began = self.session.runtime.clock.now
        for seconds, call in self._then:
            self.session.at(self.session.seconds + seconds, call)
        for name in FAULTS:
            lasts = {} if name == "drop_hub" else {"duration": AWAY_S}
            body = {"name": name, "target": self.hub.value, **lasts}
            self.session.control("/sim/faults", json.dumps(body).encode())

    def back(self) -> Nanos:
        """When the hub was open again."""
        lost = [at for at, m in self.said(HubLost) if m.hub is self.hub and at >= self.began]
        opened = [at for at, m in self.said(HubOpened) if m.hub is self.hub and at > lost[0]]
        assert opened[0] - lost[0] >= AWAY_S * SECOND
        return opened[0]

    def venue_bars(self, first: Nanos, last: Nanos) -> dict[Nanos, tuple[float, ...]]:
        """Open, high, low, close and volume by start, as the venue answers anybody who asks."""
        login = self._ask("/api/Auth/loginKey", "", userName=USER, apiKey=KEY)
        answer = self._ask(
            "/api/History/retrieveBars",
            login["token"],
            contractId=CONTRACT,
            live=False,
            startTime=_iso(first),
            endTime=_iso(last),
            unit=1,
            unitNumber=1,
            limit=20_000,
            includePartialBar=False,
        )
        return {_nanos(row["t"]): tuple(row[key] for key in "ohlcv") for row in answer["bars"]}

    def _ask(self, path: str, token: str, **body: object) -> Any:
        now = self.session.runtime.clock.now
        headers = {"authorization": f"Bearer {token}"}
        reply = self.session.venue.request(now, "POST", path, headers, json.dumps(body).encode())
        return json.loads(reply.body)


def _iso(at: Nanos) -> str:
    return datetime.fromtimestamp(at // SECOND, UTC).isoformat()


def _nanos(text: str) -> Nanos:
    return int(datetime.fromisoformat(text).timestamp()) * SECOND


def check(outage: Outage, ended: Ended, report: Report) -> None:
    """What holds of every outage."""
    assert not broken(report.violations), report.details
    assert not broken(ended.violations)
    assert (ended.code, ended.state) == (0, "FLAT")
    back = outage.back()
    during = [e for e in report.entries if outage.began + IN_FLIGHT < e.ns < back]
    assert during == []
    assert [e for e in report.entries if e.ns > back], "it never traded again"
    states = [(at, m.state) for at, m in outage.said(StateChanged)]
    running = [at for at, state in states if at >= back and state is EngineState.RUNNING]
    at_back = [state for at, state in states if at < back][-1]
    assert at_back is EngineState.RUNNING or running[0] - back < 60 * SECOND


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("hub", Hub)
def test_nothing_is_entered_while_a_hub_is_down_and_trading_goes_on_after_it(
    hub: Hub, held: bool
) -> None:
    outage = Outage(hub, held, *EAGER)
    check(outage, *outage.run())


def test_the_bars_of_the_gap_are_the_venues_own_and_there_is_no_hole() -> None:
    outage = Outage(Hub.MARKET, False, *EAGER)
    check(outage, *outage.run())
    closed = [m for _, m in outage.said(BarClosed)]
    for one, following in pairwise(closed):
        assert one.bar.end == following.bar.start
    gap = [m.bar for m in closed if m.degraded]
    assert AWAY_S <= len(gap) <= AWAY_S + 20
    assert gap[0].start <= outage.began < gap[0].end
    venue = outage.venue_bars(gap[0].start, gap[-1].start)
    for bar in gap:
        prices = (bar.open, bar.high, bar.low, bar.close)
        told = (*(price * TICK for price in prices), bar.volume)
        close = bar.close * TICK
        assert told == venue.get(bar.start, (close, close, close, close, 0)), bar
    # What the tape closed later is the venue's too, but for the late prints of its bounds.
    after = [m.bar for m in closed if m.bar.start >= gap[-1].end]
    venue = outage.venue_bars(after[0].start, after[-1].start)
    assert sum(bar.volume for bar in after) == sum(row[-1] for row in venue.values())


def test_every_minute_that_a_strategy_sees_is_the_venues_the_gap_in_it_or_not() -> None:
    outage = Outage(Hub.MARKET, False, "trading.timeframes=[1min]", *EAGER)
    check(outage, *outage.run())
    seen = Frames(("1min",))
    for _, told in outage.said(Message):
        if isinstance(told, PastFrames):
            seen.past(told)
        elif isinstance(told, FrameClosed):
            seen.closed(told)
    whole = outage.said(BarClosed)[-1][1].bar.end  # the minute at the end was broken off
    bars = [bar for bar in seen.bars["1min"] if bar.end <= whole]
    assert [m for _, m in outage.said(FrameClosed) if m.degraded]
    assert [bar for bar in bars if bar.buy_volume]
    venue = sorted(outage.venue_bars(bars[0].start, bars[-1].end).items())
    for bar in bars:
        seconds = [row for at, row in venue if bar.start <= at < bar.end]
        assert bar.volume == sum(row[-1] for row in seconds), bar
        assert bar.high * TICK == max(row[1] for row in seconds)
        assert bar.close * TICK == seconds[-1][3]
    assert all(one.end == two.start for one, two in pairwise(bars))


def test_every_stage_answers_every_bar_of_the_gap_with_a_code() -> None:
    outage = Outage(Hub.MARKET, False)
    outage.run()
    degraded = {m.bar.end for _, m in outage.said(BarClosed) if m.degraded}
    refusals = {m.bar_end: m for _, m in outage.said(NoPrediction)}
    assert {refusals[end].code for end in degraded} == {ModelRefusal.DEGRADED}
    answers = {m.bar_end: m for _, m in outage.said(NoSignal)}
    assert {answers[end].code for end in degraded} == {SignalRefusal.NO_PREDICTION}
    first = max(degraded)
    warm = min(m.bar_end for _, m in outage.said(Prediction) if m.bar_end > first)
    assert warm - first <= (LIVE + 1) * SECOND


def test_a_position_stays_covered_while_the_user_hub_is_away() -> None:
    """No alarm, no flatten: its bracket rests at the venue, and is seen there by asking."""
    outage = Outage(Hub.USER, True, *PATIENT)
    outage.then(0, lambda: outage.market(hold=True))
    outage.then(AWAY_S + 20, lambda: outage.market(hold=False))
    ended, report = outage.run()
    check(outage, ended, report)
    back = outage.back()
    kinds = {m.kind for at, m in outage.said(Alarm) if outage.began <= at < back}
    assert kinds == {AlarmKind.HUB_DOWN}
    phases = [m.phase for at, m in outage.said(PhaseChanged) if outage.began < at < back]
    assert phases == []
    rows = [json.loads(line) for line in outage.session.venue.journal.lines(0)]
    minute = range(outage.began, outage.began + 60 * SECOND)
    asked = sum(
        row["kind"] == "request" and row["ns"] in minute and "History" not in row["path"]
        for row in rows
    )
    assert 85 <= asked <= 100, "what routine look-ups may use"


@pytest.mark.parametrize("after", [10.0, 10.4, 10.8, 11.2])
def test_cover_that_goes_unheard_is_missed_in_time(after: float) -> None:
    """Its stop is cancelled at the venue: a way out begins within 2 s."""
    outage = Outage(Hub.USER, True, *PATIENT)
    outage.then(0, lambda: outage.market(hold=True))
    body = json.dumps({"name": "cancel_brackets"}).encode()
    outage.then(after, lambda: outage.session.control("/sim/faults", body))
    outage.then(AWAY_S + 20, lambda: outage.market(hold=False))
    ended, report = outage.run()
    check(outage, ended, report)
    assert 0 < report.max_unprotected_ms < 2_000
    assert AlarmKind.BRACKET_LOST in {m.kind for _, m in outage.said(Alarm)}


@pytest.mark.parametrize("jump", [-80, 80])
def test_a_leg_that_fills_unheard_is_known_within_two_seconds(jump: int) -> None:
    """The stop or the target, as the side of the position has it."""
    outage = Outage(Hub.USER, True, *PATIENT)
    struck: list[Nanos] = []

    def strike() -> None:
        struck.append(outage.session.runtime.clock.now)
        outage.market(jump=jump)

    outage.then(0, lambda: outage.market(hold=True))
    outage.then(21.7, strike)
    outage.then(AWAY_S + 20, lambda: outage.market(hold=False))
    ended, report = outage.run()
    check(outage, ended, report)
    flat = [at for at, m in outage.said(PositionChanged) if at > struck[0] and not m.size]
    assert flat[0] - struck[0] <= 2 * SECOND
    trips = [m for at, m in outage.said(RoundTrip) if at > struck[0]]
    assert trips[0].reason in (ExitReason.STOP, ExitReason.TARGET)
    settled = [at for at, m in outage.said(PhaseChanged) if at > struck[0] and m.phase == "flat"]
    assert settled[0] - struck[0] <= 4 * SECOND
    assert {m.kind for _, m in outage.said(Alarm)} == {AlarmKind.HUB_DOWN}


class Crash:
    """Breaks one actor, at its first message (timers aside) `after_s` after the hub went away."""

    def __init__(self, actor: str, after_s: float) -> None:
        self.outage: Outage | None = None
        self._actor = actor
        self._after = int(after_s * SECOND)
        self._done = False

    def due(self, address: Address, delivery: Delivery) -> bool:
        outage = self.outage
        if outage is None or not outage.began or self._done:
            return False
        if address.partition("[")[0] != self._actor or isinstance(delivery.message, TIMERS):
            return False
        self._done = outage.session.runtime.clock.now >= outage.began + self._after
        return self._done


@pytest.mark.parametrize(
    ("actor", "hub"),
    [
        ("bar", Hub.MARKET),
        ("position", Hub.USER),
        ("risk", Hub.USER),
        ("risk", Hub.MARKET),
        ("watchdog", Hub.USER),
        ("watchdog", Hub.MARKET),
        ("signal", Hub.MARKET),
    ],
)
def test_a_room_that_is_restarted_meanwhile_learns_of_the_outage(actor: str, hub: Hub) -> None:
    crash = Crash(actor, 2.0)
    outage = Outage(hub, False, *EAGER, children=crashing(CHILDREN, crash.due))
    crash.outage = outage
    check(outage, *outage.run())
    ((restarted, _),) = outage.said(ActorRestarted)
    back = outage.back()
    if actor == "bar":
        degraded = [at for at, m in outage.said(BarClosed) if m.degraded]
        assert len([at for at in degraded if restarted < at < back]) > AWAY_S - 20
    if actor == "position":
        looks = [at for at, _ in outage.said(QueryPositions) if restarted < at < back]
        assert len(looks) >= (AWAY_S - 10) / 1.3
    if actor == "watchdog":
        down = [at for at, m in outage.said(Alarm) if m.kind is AlarmKind.HUB_DOWN]
        assert restarted < down[0] < restarted + 6 * SECOND


def test_a_restarted_model_predicts_from_the_next_bar_on() -> None:
    crash = Crash("model", 70.0)
    outage = Outage(Hub.USER, False, children=crashing(CHILDREN, crash.due))
    crash.outage = outage
    outage.run()
    ((restarted, _),) = outage.said(ActorRestarted)
    again = next(at for at, m in outage.said(Prediction) if at > restarted)
    assert again - restarted <= 2 * SECOND


@pytest.mark.parametrize("left", ["quotes,depth", "trades,depth", "depth"])
def test_without_quotes_or_trades_nothing_is_entered_and_every_bar_is_told(left: str) -> None:
    bench = Bench(5, 60, settings(*EAGER, f"api.streams=[{left}]"))
    ended, report = bench.run()
    assert not broken(report.violations), report.details
    assert not broken(ended.violations)
    assert (ended.code, ended.state, report.entries) == (0, "FLAT", [])
    permissions = bench.ear.of(Permission)
    assert not any(permission.allowed for permission in permissions)
    assert permissions[-1].code in (Denial.HUB_DOWN, Denial.LATCHED)
    closed = bench.ear.of(BarClosed)
    starts = [one.bar.start for one in closed]
    assert starts == list(range(starts[0], starts[-1] + 1, SECOND))
    assert len(closed) > 50
    assert {one.degraded for one in closed} == {"trades" not in left}
