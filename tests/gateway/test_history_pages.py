"""More past than one answer holds: the client pages through the simulated venue, which cuts every
answer to its newest 20,000 bars, and a Series joins all of it to our own.
"""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from actors.bar.history.series import Series
from actors.bar.history.spans import Span
from actors.bar.timeframes.told import Told
from config.calendar import Always
from config.timeframe import parse
from gateway.access import Access
from gateway.contracts import Instruments
from gateway.exchange import HttpReply, HttpRequest, Plan
from gateway.history import MOST
from gateway.rest import RestCore
from messages.base import SECOND, Nanos
from messages.market import Bar, BarsFound, Instrument, QueryBars
from tools.simulator.generator import Generator
from tools.simulator.journal import MemoryJournal
from tools.simulator.venue import Listing, Venue, VenueConfig

MES = Instrument("CON.F.US.MES.Z26", "MES", "MESZ6", "0.25", 12_500)
OPENED = int(datetime(2026, 11, 19, tzinfo=UTC).timestamp()) * SECOND
SECONDS = 45_007
NOW = OPENED + SECONDS * SECOND


def at(second: int) -> Nanos:
    return OPENED + second * SECOND


class Client:
    """Logged in at a venue in the same process, which has had a print in every second."""

    def __init__(self) -> None:
        listing = Listing(MES.id, Generator(1))
        self.venue = Venue(VenueConfig((listing,), preroll=0), NOW, MemoryJournal())
        past = self.venue._feeds[MES.id].history
        for second in range(SECONDS):
            past.add(at(second), 25_600 + second % 50, 1 + second % 3)
        self.asked: list[HttpRequest] = []
        access = Access("demo", "demo")
        self.played(access.login())
        self.core = RestCore(access, Instruments([MES]), 48_120_077)
        self.asked.clear()

    def played(self, plan: Plan[Any]) -> Any:
        """The answer of a plan whose requests the venue answers at once."""
        try:
            request = next(plan)
            while True:
                self.asked.append(request)
                method, headers = request.method, request.headers()
                said = self.venue.request(NOW, method, request.path, headers, request.body)
                request = plan.send(HttpReply(said.status, said.body, NOW, NOW))
        except StopIteration as end:
            return end.value

    def bars(self, query: QueryBars) -> BarsFound:
        found = self.played(self.core.plan(query))
        assert isinstance(found, BarsFound)
        return found


@pytest.fixture(scope="module")
def client() -> Client:
    return Client()


def test_all_of_a_long_past_comes_sorted_and_once(client: Client) -> None:
    client.asked.clear()
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
