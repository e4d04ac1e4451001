"""The hub room's shell."""

from actors.hub.changeover import Changeover
from actors.hub.health import Health, Marks
from actors.hub.link import Link
from actors.hub.logouts import Logouts
from actors.hub.pace import Pace
from actors.hub.token import Token
from actors.runtime.actor import Actor
from actors.runtime.context import Context
from config.schema import Api, Watchdog
from messages.base import MILLISECOND, SECOND, Nanos
from messages.control import (
    Alarm,
    AlarmCleared,
    AlarmKind,
    HealthDue,
    MeasureDue,
    ReconnectDue,
    RenewDue,
    SessionStarted,
)
from messages.hub import (
    Hub,
    HubActivity,
    HubLost,
    HubOpened,
    HubRefreshed,
    Loss,
    MeasureHubs,
    RefreshFailed,
    TokenFailed,
    TokenRenewed,
)
from messages.market import MarketStatus, MarketStatusChanged
from messages.order import QueryFailed
from messages.position import PositionChanged

MEASURE_EVERY = 250 * MILLISECOND


class HubActor(Actor):
    """Opens the hubs, reports how they do, and opens anew what is lost or no good. Reads no frame
    itself.
    """

    def __init__(self, context: Context, api: Api, watch: Watchdog, token_expires: Nanos) -> None:
        super().__init__(context)
        silence = int(watch.hub_silence_s * SECOND)
        marks = Marks(watch.health_threshold, watch.latency_threshold_ms * MILLISECOND)
        self.links = {hub: Link(hub, silence) for hub in api.wanted}
        self.health = {hub: Health(hub, api.streams, marks) for hub in api.wanted}
        self.paces = {hub: Pace() for hub in api.wanted}
        # An alarm may stand that a renewal has to clear: a restarted actor cannot know.
        self.token = Token(token_expires, doubted=context.generation > 1)
        self.changeover = Changeover()
        self.logouts = Logouts()
        self._then: list[Hub] = []
        """Hubs to open once the market hub's attempt has been answered."""
        self._heartbeat = int(watch.heartbeat_interval_s * SECOND)

    def begin(self) -> None:
        if self.context.generation > 1:
            self._start()

    def on_session_started(self, started: SessionStarted) -> None:
        self._start()

    def _start(self) -> None:
        for link in self.links.values():
            self.perform(link.connect())
        self.publish(MeasureHubs())
        self.after(MEASURE_EVERY, MeasureDue())
        self.after(self._heartbeat, HealthDue())
        self.perform(self.token.later(self.now))

    # Connections

    def on_hub_opened(self, opened: HubOpened) -> None:
        hub = opened.hub
        self.links[hub].opened(opened, self.now)
        if not self.links[hub].open:
            return
        self.health[hub].opened(opened, self.now)
        self.paces[hub].anew()
        self.token.accepted()
        self.perform(self.changeover.done(hub))
        self._follow(hub)

    def on_hub_lost(self, lost: HubLost) -> None:
        link = self.links[lost.hub]
        if not link.concerned(lost):
            return
        self.health[lost.hub].lost(self.now)
        self.perform(self.changeover.done(lost.hub))  # the next connection has the present token
        if lost.loss is Loss.LOGOUT:
            self._logged_out(lost.hub)
            return
        if lost.loss is Loss.UNAUTHORISED:
            self.perform(self.token.refused(self.now))
        self.perform(link.lost(lost, self.now, self.context.rng))
        self._follow(lost.hub)

    def on_reconnect_due(self, due: ReconnectDue) -> None:
        if self.logouts.fighting or self.now < self.logouts.until:
            return
        if self.token.renewing(self.now):  # not with the token that was refused
            self.after(MEASURE_EVERY, due)
            return
        self.perform(self.links[due.hub].connect())

    def _follow(self, hub: Hub) -> None:
        if hub is Hub.MARKET:
            for other in self._then:
                self.perform(self.links[other].connect())
            self._then = []

    def _logged_out(self, hub: Hub) -> None:
        for other, link in self.links.items():
            self.health[other].lost(self.now)
            self.perform(self.changeover.done(other))
            words = f"logged out on the {hub.value} hub"
            self.perform(link.logged_out() if other is hub else link.dropped(words))
        wait = self.logouts.heard(self.now)
        if self.logouts.fighting:
            self.publish(self.logouts.alarm())
            return
        self.perform(self.token.renew(self.now, fresh=True))
        self._then = [other for other in self.links if other is not Hub.MARKET]
        self.after(wait, ReconnectDue(Hub.MARKET))

    # Health

    def on_measure_due(self, due: MeasureDue) -> None:
        self.publish(MeasureHubs())
        self.perform(self.changeover.step(self.now))
        self.after(MEASURE_EVERY, MeasureDue())

    def on_hub_activity(self, activity: HubActivity) -> None:
        if (link := self.links.get(activity.hub)) is not None:
            self.health[activity.hub].note(activity, self.now)
            self.perform(link.measured(activity, self.now))

    def on_health_due(self, due: HealthDue) -> None:
        for hub, link in self.links.items():
            health = self.health[hub].statistics(self.now)
            self.publish(health)
            if link.open and self.paces[hub].judge(health.healthy, self.now):
                self.perform(link.give_up(f"health {health.score} of 100: {health.words}"))
        self.after(self._heartbeat, HealthDue())

    def on_market_status_changed(self, change: MarketStatusChanged) -> None:
        """Nothing is expected of a market that is not open."""
        moves = change.status in (MarketStatus.OPEN, MarketStatus.UNKNOWN)
        self.health[Hub.MARKET].expect(change.contract, moves, self.now)

    def on_alarm(self, alarm: Alarm) -> None:
        if alarm.kind is AlarmKind.STALE_DATA:
            self.health[Hub.MARKET].stale(alarm.subject, self.now)

    def on_alarm_cleared(self, cleared: AlarmCleared) -> None:
        if cleared.kind is AlarmKind.STALE_DATA:
            self.health[Hub.MARKET].fresh(cleared.subject)

    # The token

    def on_renew_due(self, due: RenewDue) -> None:
        self.perform(self.token.due(self.now))

    def on_token_renewed(self, renewed: TokenRenewed) -> None:
        if renewed.expires != self.token.expires:
            standing = [hub for hub, link in self.links.items() if link.open]
            self.changeover.owe(standing, self.token.expires)
        self.perform(self.token.renewed(renewed, self.now))
        self.perform(self.changeover.step(self.now))

    def on_token_failed(self, failed: TokenFailed) -> None:
        self.perform(self.token.failed(failed, self.now))

    def on_query_failed(self, failed: QueryFailed) -> None:
        """A read got no new token for the one that the venue refuses: nobody else says so."""
        if failed.code == "authentication" and not self.token.failing:
            self.on_token_failed(TokenFailed(failed.message))

    def on_hub_refreshed(self, refreshed: HubRefreshed) -> None:
        self.links[refreshed.hub].refreshed(refreshed)
        self.health[refreshed.hub].refreshed(refreshed)
        self.perform(self.changeover.done(refreshed.hub))
        self.perform(self.changeover.step(self.now))

    def on_refresh_failed(self, failed: RefreshFailed) -> None:
        self.perform(self.changeover.failed(failed, self.now))

    def on_position_changed(self, change: PositionChanged) -> None:
        self.changeover.position(change)
