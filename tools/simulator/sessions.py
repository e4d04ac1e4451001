"""Opens and closes the markets of a venue by the exchange's hours (hours.py)."""

from collections.abc import Callable, Mapping

from tools.simulator import hours
from tools.simulator.agenda import Agenda
from tools.simulator.contracts import Contract
from tools.simulator.feed import Feed
from tools.simulator.journal import Journal


def trading(now: int, contract: Contract) -> bool:
    """Whether orders in a contract are taken."""
    return hours.trading(contract.product, now)


class Sessions:
    """Starts, pauses and resumes the feeds; notes every change in the journal.

    `flatten` is called with (now, contract) where its orders end: nobody keeps a position or an
    order over the close (gateway.md 10).
    """

    def __init__(
        self,
        feeds: Mapping[str, Feed],
        agenda: Agenda,
        journal: Journal,
        flatten: Callable[[int, Contract], None],
    ) -> None:
        self._feeds = feeds
        self._flatten = flatten
        self._agenda = agenda
        self._journal = journal
        self._states: dict[str, tuple[bool, bool]] = {}
        """Contract -> whether orders are taken, whether there is data."""

    def begin(self, now: int, preroll: int) -> None:
        """Start the feeds, with a pre-roll of hours that had data."""
        for feed in self._feeds.values():
            self._start(feed, now, preroll)
        self._turn(now)

    def _start(self, feed: Feed, now: int, preroll: int) -> None:
        product = feed.contract.product
        open_now = hours.quoted(product, now)
        if feed.waits:
            if not open_now:
                feed.pause(now)
        elif open_now and now - hours.opened(product, now) >= preroll:
            feed.start(now, preroll)
        else:
            ended = hours.ended(product, now)
            feed.start(ended, preroll)
            feed.pause(ended)
            if open_now:
                feed.resume(hours.opened(product, now))
                feed.catch_up(now)

    def _turn(self, now: int) -> None:
        """Bring every market to the state of the hour, and come back at the next change."""
        for number, feed in self._feeds.items():
            product = feed.contract.product
            orders = feed.contract.active and hours.trading(product, now)
            data = hours.quoted(product, now)
            state = orders, data
            before = self._states.get(number)
            if state == before:
                continue
            self._states[number] = state
            row = {"ns": now, "kind": "session", "contract": number}
            self._journal.add(row | {"trading": orders, "data": data})
            if before and before[0] and not orders:
                self._flatten(now, feed.contract)
            if data and feed.paused is not None:
                feed.resume(now)
            elif not data and feed.paused is None:
                feed.pause(now)
        self._agenda.add(hours.next_change(now), self._turn)
