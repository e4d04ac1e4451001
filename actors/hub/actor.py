"""The hub room's shell."""

from actors.hub.link import Link
from actors.runtime.actor import Actor
from actors.runtime.context import Context
from messages.base import MILLISECOND, SECOND, Nanos
from messages.control import (
    Alarm,
    AlarmCleared,
    AlarmKind,
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
    MeasureHubs,
    RefreshFailed,
    RenewToken,
    TokenFailed,
    TokenRenewed,
)

MEASURE_EVERY = 250 * MILLISECOND
RENEW_BEFORE = 3_600 * SECOND
"""How long before its expiry (24 h after issue) a token is renewed."""
RENEW_AGAIN = 60 * SECOND


class HubActor(Actor):
    """Opens the hubs, notices when they fall silent, and opens them again. Reads no frame
    itself.
    """

    def __init__(self, context: Context, silence_s: float, token_expires: Nanos) -> None:
        super().__init__(context)
        silence = int(silence_s * SECOND)
        self.links = {hub: Link(hub, silence) for hub in Hub}
        self._expires = token_expires
        self._token_failed = context.generation > 1
        """Whether an alarm may stand that a renewal has to clear: a restarted actor cannot know."""

    def begin(self) -> None:
        if self.context.generation > 1:
            self._start()

    def on_session_started(self, started: SessionStarted) -> None:
        self._start()

    def on_reconnect_due(self, due: ReconnectDue) -> None:
        self.perform(self.links[due.hub].connect())

    def on_hub_opened(self, opened: HubOpened) -> None:
        self.links[opened.hub].opened(opened, self.now)

    def on_hub_lost(self, lost: HubLost) -> None:
        self.perform(self.links[lost.hub].lost(lost, self.now, self.context.rng))

    def on_measure_due(self, due: MeasureDue) -> None:
        self.publish(MeasureHubs())
        self.after(MEASURE_EVERY, MeasureDue())

    def on_hub_activity(self, activity: HubActivity) -> None:
        self.perform(self.links[activity.hub].measured(activity, self.now))

    def on_alarm(self, alarm: Alarm) -> None:
        """A connection that lives while its market data does not: a fresh one may do better."""
        if alarm.kind is AlarmKind.STALE_DATA:
            self.perform(self.links[Hub.MARKET].give_up(alarm.words))

    def on_hub_refreshed(self, refreshed: HubRefreshed) -> None:
        self.links[refreshed.hub].refreshed(refreshed)

    def on_refresh_failed(self, failed: RefreshFailed) -> None:
        """The old connection goes on."""

    def on_renew_due(self, due: RenewDue) -> None:
        self.publish(RenewToken())

    def on_token_renewed(self, renewed: TokenRenewed) -> None:
        self._expires = renewed.expires
        for link in self.links.values():
            self.perform(link.refresh())
        if self._token_failed:
            self._token_failed = False
            self.publish(AlarmCleared(AlarmKind.AUTHENTICATION, "token"))
        self._renew_later()

    def on_token_failed(self, failed: TokenFailed) -> None:
        self._token_failed = True
        self.publish(Alarm(AlarmKind.AUTHENTICATION, "token", failed.reason))
        self.after(RENEW_AGAIN, RenewDue())

    def _start(self) -> None:
        for link in self.links.values():
            self.perform(link.connect())
        self.publish(MeasureHubs())
        self.after(MEASURE_EVERY, MeasureDue())
        self._renew_later()

    def _renew_later(self) -> None:
        self.after(max(SECOND, self._expires - RENEW_BEFORE - self.now), RenewDue())
