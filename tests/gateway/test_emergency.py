"""The emergency lane: its own thrift (it sends beside the limiter, out of the same minute's
budget), and its login, which only a 401 brings about.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gateway import emergency
from gateway.emergency import Lane
from gateway.limiter import CEILINGS
from gateway.limiter import Lane as Purpose
from tests.gateway.one_position import ACCOUNT, KEY, USER, Venue, serving

pytestmark = pytest.mark.slow


class Sleepless:
    """The lane's clock: time passes in its pauses only."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now

    def monotonic_ns(self) -> int:
        return int(self.now * 1e9)

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Unhelped(Lane):
    """In front of a venue that answers as told, without a socket; it counts what was asked."""

    def __init__(self, answer: Callable[[str], tuple[int, dict[str, Any]]]) -> None:
        super().__init__("http://venue", ACCOUNT, lambda: "token")
        self.asked: list[str] = []
        self._answer = answer

    def _post(self, path: str, body: dict[str, object], token: str) -> tuple[int, dict[str, Any]]:
        self.asked.append(path)
        return self._answer(path)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Sleepless:
    made = Sleepless()
    monkeypatch.setattr(emergency, "time", made)
    return made


@pytest.mark.usefixtures("clock")
def test_a_venue_that_refuses_everything_is_asked_ever_more_rarely() -> None:
    lane = Unhelped(lambda path: (429, {}))
    assert "HTTP 429" in lane.flatten(10)
    assert 8 <= len(lane.asked) <= 14


@pytest.mark.usefixtures("clock")
def test_a_position_behind_a_bracket_is_left_within_what_the_limiter_leaves_to_the_lane() -> None:
    position = [{"contractId": "MES"}]
    orders = [
        {"id": 2, "type": 4, "contractId": "MES"},
        {"id": 3, "type": 1, "contractId": "MES"},
    ]

    def answer(path: str) -> tuple[int, dict[str, Any]]:
        if path == "Position/closeContract":
            position.clear()
        if path == "Order/cancel":
            orders.pop()
        listed = {"positions": list(position), "orders": list(orders)}
        return 200, {"success": True, **listed}

    lane = Unhelped(answer)
    assert lane.flatten(10) == ""
    assert len(lane.asked) <= 200 - CEILINGS[Purpose.EXIT]


@pytest.fixture
def venue() -> Iterator[Venue]:
    with serving() as served:
        yield served


class Engine:
    """What the lane is given: the engine's token, and a place for the secrets that it learns."""

    def __init__(self, venue: Venue, key: str = KEY) -> None:
        self.token = "engine-secret"
        self.learnt: list[str] = []
        self.lane = Lane(
            venue.url,
            ACCOUNT,
            lambda: self.token,
            credentials=(USER, key),
            learn=self.learnt.append,
        )


def test_a_token_that_is_taken_is_used_and_nobody_logs_in(venue: Venue) -> None:
    engine = Engine(venue)
    venue.takes.add(engine.token)
    assert engine.lane.flatten(5) == ""
    assert not venue.held
    assert "Auth/loginKey" not in venue.asked
    assert engine.learnt == []


def test_a_refused_token_is_replaced_by_one_login_and_the_lane_goes_flat(venue: Venue) -> None:
    engine = Engine(venue)
    assert engine.lane.flatten(5) == ""
    assert not venue.held
    assert venue.asked.count("Auth/loginKey") == 1
    assert engine.learnt == ["sold-1-secret"], "what masks the logs must know it"


def test_a_close_that_was_answered_401_is_not_sent_again_before_the_venue_is_read(
    venue: Venue,
) -> None:
    engine = Engine(venue)
    venue.tires_of_closes = True
    venue.takes.add(engine.token)
    assert engine.lane.flatten(5) == ""
    closed, login, *rest = venue.asked[venue.asked.index("Position/closeContract") :]
    assert (closed, login, rest[0]) == (
        "Position/closeContract",
        "Auth/loginKey",
        "Position/searchOpen",
    )


def test_a_bought_token_that_is_refused_is_bought_anew(venue: Venue) -> None:
    engine = Engine(venue)
    assert engine.lane.flatten(5) == ""
    venue.held = True
    venue.takes.clear()
    assert engine.lane.flatten(5) == ""
    assert engine.learnt == ["sold-1-secret", "sold-2-secret"]


def test_once_the_engine_has_another_token_that_one_is_used(venue: Venue) -> None:
    engine = Engine(venue)
    assert engine.lane.flatten(5) == ""
    venue.takes = {"renewed-secret"}
    engine.token = "renewed-secret"
    assert engine.lane.flatten(5) == ""
    assert venue.asked.count("Auth/loginKey") == 1


def test_a_refused_login_is_said_without_a_secret(
    venue: Venue, capfd: pytest.CaptureFixture[str]
) -> None:
    engine = Engine(venue, key="wrong-secret")
    why = engine.lane.flatten(0.5)
    assert why == "HTTP 401, then login: HTTP 200, error code 3"
    written = capfd.readouterr()
    assert "secret" not in f"{why}{written.out}{written.err}"


def test_without_credentials_a_refused_token_stays_refused(venue: Venue) -> None:
    lane = Lane(venue.url, ACCOUNT, lambda: "engine-secret")
    assert lane.flatten(0.3) == "HTTP 401, and no credentials to log in with"
    assert "Auth/loginKey" not in venue.asked


@pytest.mark.usefixtures("clock")
def test_a_lane_that_stands_down_begins_no_further_round() -> None:
    def answer(path: str) -> tuple[int, dict[str, Any]]:
        lane.stand_down()
        return 429, {}

    lane = Unhelped(answer)
    assert "HTTP 429" in lane.flatten(10)
    assert lane.asked == ["Position/searchOpen"]
    assert lane.flatten(10) == "no attempt was made"
