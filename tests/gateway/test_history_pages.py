"""More past than one answer holds: the client pages through the simulated venue, which cuts every
answer to its newest 20,000 bars, and a Series joins all of it to our own.
"""

import json
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from actors.bar.history.series import Series
from actors.bar.history.spans import Span
from actors.bar.timeframes.told import Told
from config.calendar import Always
from config.timeframe import parse
from gateway.history import MOST
from messages.base import SECOND, Nanos
from messages.market import Bar, Print, QueryBars, Side
from tests.gateway.bench import MES, Client

OPENED = int(datetime(2026, 11, 19, tzinfo=UTC).timestamp()) * SECOND
SECONDS = 45_007
NOW = OPENED + SECONDS * SECOND


def at(second: int) -> Nanos:
    return OPENED + second * SECOND


@pytest.fixture(scope="module")
def client() -> Client:
    prints = (Print(at(k), 25_600 + k % 50, 1 + k % 3, Side.BUY) for k in range(SECONDS))
    return Client(NOW, prints)


def test_all_of_a_long_past_comes_sorted_and_once(client: Client) -> None:
    found = client.bars(QueryBars(MES.id, 1, OPENED, NOW, 50_000))
    assert [bar.start for bar in found.bars] == [at(second) for second in range(SECONDS)]
    assert [bar.volume for bar in found.bars[:4]] == [1, 2, 3, 1]
    bodies = [json.loads(request.body) for request in client.asked]
    assert [body["limit"] for body in bodies] == [MOST] * len(bodies)
    assert not any(body["live"] for body in bodies)
    # 20,000 bars, 20,000, 5,009 and 1: the oldest of each comes again, the last page adds nothing
    assert len(bodies) == 4


def test_of_a_long_past_the_newest_are_given_where_fewer_are_wanted(client: Client) -> None:
    found = client.bars(QueryBars(MES.id, 1, OPENED, NOW, 30_000))
    assert [bar.start for bar in found.bars] == [at(k) for k in range(SECONDS - 30_000, SECONDS)]


def test_a_long_past_joins_our_own_bars_without_seam_or_double_count(client: Client) -> None:
    ours = SECONDS - 100
    series = Series(parse("1s"), most=SECONDS)
    series.tape_back(at(ours))
    for second in range(ours, SECONDS):
        bar = Bar(at(second), at(second + 1), 1, 1, 1, 1, 99, 99, 0, 1, 99)
        series.tell(Told(parse("1s"), bar, 0))
    missing = series.missing(OPENED, NOW, Always().market)
    assert missing == [Span(OPENED, at(ours))]
    (question,) = series.questions(MES.id, missing)
    assert question.limit > 2 * MOST
    # Wider, so that the venue tells our own seconds as well.
    wide = replace(question, end=NOW, limit=SECONDS + 1)
    series.found(wide, client.bars(wide))
    assert series.missing(OPENED, NOW, Always().market) == []
    assert [bar.start for bar in series.bars] == [at(second) for second in range(SECONDS)]
    assert [bar.volume == 99 for bar in series.bars] == [k >= ours for k in range(SECONDS)]
