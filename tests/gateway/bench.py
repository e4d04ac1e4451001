"""A client in the same process as the simulated venue, for questions about a past made by hand."""

from collections.abc import Iterable
from typing import Any

from gateway.access import Access
from gateway.contracts import Instruments
from gateway.exchange import HttpReply, HttpRequest, Plan
from gateway.rest import RestCore
from messages.base import Nanos
from messages.market import BarsFound, Instrument, Print, QueryBars
from tools.simulator.generator import Generator
from tools.simulator.journal import MemoryJournal
from tools.simulator.venue import Listing, Venue, VenueConfig

MES = Instrument("CON.F.US.MES.Z26", "MES", "MESZ6", "0.25", 12_500)


class Client:
    """Logged in at a venue whose clock stands at `now` and which has seen these prints."""

    def __init__(self, now: Nanos, past: Iterable[Print]) -> None:
        self.now = now
        listing = Listing(MES.id, Generator(1))
        self.venue = Venue(VenueConfig((listing,), preroll=0), now, MemoryJournal())
        history = self.venue._feeds[MES.id].history
        for one in past:
            history.add(one.stamp, one.price, one.size)
        self.asked: list[HttpRequest] = []
        access = Access("demo", "demo")
        self._played(access.login())
        self._core = RestCore(access, Instruments([MES]), 48_120_077)

    def bars(self, query: QueryBars) -> BarsFound:
        """The answer; `asked` are then the requests that it took."""
        self.asked.clear()
        found = self._played(self._core.plan(query))
        assert isinstance(found, BarsFound)
        return found

    def _played(self, plan: Plan[Any]) -> Any:
        """The answer of a plan whose requests the venue answers at once."""
        try:
            request = next(plan)
            while True:
                self.asked.append(request)
                method, headers = request.method, request.headers()
                said = self.venue.request(self.now, method, request.path, headers, request.body)
                request = plan.send(HttpReply(said.status, said.body, self.now, self.now))
        except StopIteration as end:
            return end.value
