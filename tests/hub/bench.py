"""The hub room before a stub of the hubs, in virtual time."""

from actors.hub.actor import HubActor
from actors.hub.token import BEFORE
from actors.runtime.ports import Answer
from config.schema import Api, Watchdog
from messages.base import MILLISECOND, SECOND, Message, Nanos
from messages.control import SessionStarted
from messages.hub import (
    CloseHub,
    Hub,
    HubActivity,
    HubLost,
    HubOpened,
    HubRefreshed,
    Loss,
    MeasureHubs,
    OpenHub,
    RefreshFailed,
    RefreshHub,
    RenewToken,
    TokenFailed,
    TokenRenewed,
)
from tests.runtime.stage import START, Stage

DAY = 86_400 * SECOND
LIFE = BEFORE + 100 * SECOND
"""How long a token lives where its renewal is the subject: it is renewed after 100 s."""


class Hubs:
    """Opens at once, or fails while `down`; its frames stop where `silent`, its market data where
    `frozen`, its heartbeats are answered after `answers`. `refusing` tokens, `unauthorised` where
    the token is refused, `unrefreshing` where a change to a new one fails.
    """

    def __init__(self, life: Nanos) -> None:
        self.life = life
        self.down = False
        self.silent: set[Hub] = set()
        self.frozen = False
        self.answers: dict[Hub, Nanos] = dict.fromkeys(Hub, MILLISECOND)
        self.open = dict.fromkeys(Hub, False)
        self.numbers = dict.fromkeys(Hub, 0)
        self.frames = dict.fromkeys(Hub, 0)
        self.records = 0
        self.refusing = False
        self.unauthorised = False
        self.unrefreshing: set[Hub] = set()
        self.expires: Nanos = START + life

    def handle(self, message: Message, now: Nanos, answer: Answer) -> None:
        match message:
            case OpenHub(hub) if self.unauthorised:
                answer(now, HubLost(hub, 0, "HTTP 401", Loss.UNAUTHORISED))
            case OpenHub(hub) if self.down:
                answer(now, HubLost(hub, 0, "refused"))
            case OpenHub(hub):
                self.numbers[hub] += 1
                self.open[hub] = True
                answer(now, HubOpened(hub, self.numbers[hub]))
            case RefreshHub(hub) if hub in self.unrefreshing:
                answer(now, RefreshFailed(hub, self.numbers[hub], "HTTP 503"))
            case RefreshHub(hub):
                self.numbers[hub] += 1
                answer(now + SECOND, HubRefreshed(hub, self.numbers[hub], SECOND))
            case MeasureHubs():
                self._measure(now, answer)
            case RenewToken() if self.refusing:
                answer(now, TokenFailed("HTTP 500"))
            case RenewToken():
                self.expires = now + self.life
                answer(now + SECOND // 2, TokenRenewed(self.expires))
            case CloseHub(hub):
                self.open[hub] = False
            case _:
                raise AssertionError(message)

    def _measure(self, now: Nanos, answer: Answer) -> None:
        if not self.frozen:
            self.records = now
        for hub in Hub:
            if hub not in self.silent:
                self.frames[hub] = now
            records = (self.records,) * 3 if hub is Hub.MARKET else (0, 0, 0)
            answer(
                now,
                HubActivity(
                    hub, self.open[hub], now, self.frames[hub], *records, 0, *records, *records,
                    self.answers[hub],
                ),
            )  # fmt: skip


PORTS = (OpenHub, CloseHub, RefreshHub, MeasureHubs, RenewToken)


def made(
    hubs_wanted: str = "both", heartbeat_s: float = 5.0, life: Nanos = DAY
) -> tuple[Stage, Hubs]:
    hubs = Hubs(life)
    given = {"base_url": "http://127.0.0.1", "ws_url": "ws://127.0.0.1/hubs/market"}
    api = Api.model_validate({**given, "hubs": hubs_wanted})
    watch = Watchdog(heartbeat_interval_s=heartbeat_s)
    ports = {"hubs": (hubs, PORTS)}
    stage = Stage("hub", HubActor, api, watch, START + life, ports=ports)
    stage.run(1)
    return stage, hubs


def started(
    hubs_wanted: str = "both", heartbeat_s: float = 5.0, life: Nanos = DAY
) -> tuple[Stage, Hubs]:
    stage, hubs = made(hubs_wanted, heartbeat_s, life)
    stage.send(SessionStarted(stage.now))
    return stage, hubs


def tries(stage: Stage, hub: Hub) -> list[Nanos]:
    return [at for message, at in stage.timed(OpenHub) if message.hub is hub]
