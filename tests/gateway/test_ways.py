"""The ways to flat beside the order room's: whose turn it is, and what becomes of the sentinel."""

from queue import SimpleQueue
from threading import Event

from gateway.emergency import Lane
from gateway.sentinel import Gate, Tether
from gateway.ways import Ways
from messages.base import Message
from messages.control import Flattened, FlattenFailed

Said = SimpleQueue[Message]


class Told(Lane):
    """A lane whose attempts end as told."""

    def __init__(self, tried: list[str], why: str = "HTTP 500") -> None:
        self.tried, self.why = tried, why
        self.until = Event()
        self.until.set()
        self.down = False

    def flatten(self, deadline_s: float) -> str:
        assert self.until.wait(5)
        self.tried.append("lane")
        return self.why

    def stand_down(self) -> None:
        self.down = True


class Watched(Tether):
    """A sentinel on paper."""

    def __init__(self, tried: list[str], lane: Told) -> None:
        self.tried, self.lane = tried, lane
        self.beats = 0
        self.parted = ""

    def flatten(self, within_s: float) -> str:
        self.tried.append("sentinel")
        return "it is away"

    def beat(self) -> None:
        self.beats += 1
        if self.beats == 3:
            self.lane.until.set()

    def dismiss(self) -> None:
        self.parted = "dismissed"

    def leave(self) -> None:
        self.parted = "left"
        self.tried.append("sentinel on its own")

    def open(self, emit: object) -> None:
        """Nothing is said."""


def both() -> tuple[list[str], Told, Watched, Ways, Said]:
    tried: list[str] = []
    lane = Told(tried)
    tether, said = Watched(tried, lane), Said()
    ways = Ways(lane, tether)
    ways.open(said.put, lambda message: None)
    return tried, lane, tether, ways, said


def test_the_ways_take_turns_and_a_new_flatten_begins_with_the_first() -> None:
    tried, _, _, ways, said = both()
    for number, name in ((1, "emergency"), (1, "sentinel"), (1, "emergency"), (2, "emergency")):
        ways.start(number, "test")
        failed = said.get(timeout=5)  # the next begins when this one has ended, never beside it
        assert isinstance(failed, FlattenFailed)
        assert (failed.number, failed.way) == (number, name)
    assert tried == ["lane", "sentinel", "lane", "lane"]


def test_success_is_told_with_the_number_that_was_asked_for() -> None:
    _, lane, _, ways, said = both()
    lane.why = ""
    ways.start(7, "test")
    flattened = said.get(timeout=5)
    assert isinstance(flattened, Flattened)
    assert (flattened.number, flattened.reason) == (7, "test")


def test_without_a_sentinel_the_lane_is_every_turn() -> None:
    tried: list[str] = []
    ways, said = Ways(Told(tried), None), Said()
    ways.open(said.put, lambda message: None)
    for _ in range(2):
        ways.start(1, "test")
        assert isinstance(said.get(timeout=5), FlattenFailed)
    assert tried == ["lane", "lane"]


def test_while_the_lane_works_alone_the_sentinel_hears_beats() -> None:
    tried, lane, tether, ways, _ = both()
    lane.until.clear()  # until three beats have been made
    assert ways.alone(10) == "HTTP 500"
    assert tether.beats >= 3
    assert tried == ["lane"]


def test_only_an_account_that_is_flat_dismisses_the_sentinel() -> None:
    _, _, tether, ways, _ = both()
    ways.part(False)
    assert tether.parted == "left"
    ways.part(True)
    assert tether.parted == "dismissed"


def test_the_lane_has_ended_its_round_when_the_sentinel_begins() -> None:
    tried, lane, tether, ways, said = both()
    lane.until.clear()  # until three beats have been made
    ways.start(1, "test")
    ways.part(False)
    assert isinstance(said.get(timeout=5), FlattenFailed)
    assert lane.down
    assert tried == ["lane", "sentinel on its own"]
    assert tether.beats >= 3, "it must not take over by silence meanwhile"


def test_orders_are_gated_where_there_is_a_sentinel() -> None:
    _, lane, _, ways, _ = both()

    class Wire:
        def handle(self, message: Message) -> list[Message]:
            return []

    wire = Wire()
    assert isinstance(ways.gated(wire), Gate)
    assert Ways(lane, None).gated(wire) is wire
