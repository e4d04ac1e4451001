"""The model room in the virtual runtime: one answer a bar, contracts apart, quick enough."""

import time
from pathlib import Path

import pytest

from actors.model.actor import ModelActor
from actors.runtime.clock import VirtualClock
from actors.runtime.delivery import Published, Record
from actors.runtime.virtual import VirtualRuntime
from actors.runtime.wiring import Wiring
from messages.base import SECOND, Message
from messages.control import ActorFailed
from messages.decision import Features, ModelRefusal, NoPrediction, Prediction
from messages.market import Bar, BarClosed, PastBars
from models.artefact import Artefact, load
from models.features import LIVE
from models.scoring import TorchScorer

ROOT = Path(__file__).resolve().parents[2]
T = 1_790_000_000 * SECOND
MES, MNQ = "CON.F.US.MES.Z26", "CON.F.US.MNQ.Z26"
SENT: tuple[type[Message], ...] = (Prediction, NoPrediction, Features, ActorFailed)
ROUTES: dict[type[Message], tuple[str, ...]] = {
    **dict.fromkeys((BarClosed, PastBars), ("model",)),
    **dict.fromkeys(SENT, ()),
}
WIRING = Wiring(ROUTES, frozenset(), {}, (MES, MNQ))


def live(second: int) -> Bar:
    start = T + second * SECOND
    price = 100 + second % 5
    flow = (9, second % 9, 9 - second % 9, 3, 900)
    return Bar(start, start + SECOND, *(price,) * 4, *flow, price, price + 1, 5, 7, 30, 40)


def past(second: int) -> Bar:
    return Bar(T + second * SECOND, T + (second + 1) * SECOND, 100, 100, 100, 100, 7)


@pytest.fixture(scope="module")
def artefact() -> Artefact:
    models = ROOT / "models"
    return load(models / "scalper_v1.pt", models / "scalper_v1_config.json")


class Room:
    """A ModelActor with the shipped model, and what it published."""

    def __init__(self, artefact: Artefact) -> None:
        self.records: list[Record] = []
        self.runtime = VirtualRuntime(WIRING, VirtualClock(T), self.records.append, seed=1)
        self.runtime.spawn("model", ModelActor, TorchScorer(artefact), artefact.card)
        self.send = self.runtime.emitter("test")

    def tell(self, *messages: Message) -> list[Message]:
        self.records.clear()
        for message in messages:
            self.send(message)
        self.runtime.run(self.runtime.clock.now)
        sent = [r.message for r in self.records if isinstance(r, Published)]
        return [message for message in sent if isinstance(message, SENT)]


@pytest.fixture
def room(artefact: Artefact) -> Room:
    return Room(artefact)


def warm(room: Room, contract: str) -> None:
    room.tell(PastBars(contract, tuple(past(second) for second in range(-60, 0))))
    room.tell(*(BarClosed(contract, live(second)) for second in range(LIVE - 1)))


def test_the_shipped_model_predicts_from_history_and_seventeen_live_bars(
    room: Room, artefact: Artefact
) -> None:
    warm(room, MES)
    features, prediction = room.tell(BarClosed(MES, live(LIVE - 1)))
    assert isinstance(features, Features)
    assert isinstance(prediction, Prediction)
    assert prediction.model == artefact.card.sha256[:12]


def test_every_bar_has_exactly_one_answer(room: Room) -> None:
    closed = [BarClosed(MES, live(second)) for second in (*range(60), *range(70, 130))]
    answers = [m for m in room.tell(*closed) if isinstance(m, Prediction | NoPrediction)]
    assert [answer.bar_end for answer in answers] == [one.bar.end for one in closed]


def test_contracts_do_not_warm_each_other(room: Room) -> None:
    warm(room, MES)
    (answer,) = room.tell(BarClosed(MNQ, live(LIVE - 1)))
    assert isinstance(answer, NoPrediction)
    assert answer.code is ModelRefusal.COLD_WINDOW


def test_bars_told_again_after_a_restart_warm_it_at_once(room: Room) -> None:
    room.tell(PastBars(MES, tuple(live(second) for second in range(-60, 0))))
    _, prediction = room.tell(BarClosed(MES, live(0)))
    assert isinstance(prediction, Prediction)


def test_an_answer_takes_less_than_a_millisecond(room: Room) -> None:
    warm(room, MES)
    closed = [BarClosed(MES, live(second)) for second in range(LIVE - 1, LIVE + 300)]
    begun = time.process_time()
    room.tell(*closed)
    assert (time.process_time() - begun) / len(closed) < 0.001
