"""The roll: in the break before a trade date the next month of a product becomes active.

Ours, since the vendor's rule is unpublished: the market (source, book, bars) moves on with its
prices, so that a symbol never lacks one; orders in the old month are cancelled, positions closed.
"""

from collections.abc import Callable, Mapping

from tools.simulator import contracts, hours
from tools.simulator.agenda import Agenda
from tools.simulator.contracts import ROLLS, Contract
from tools.simulator.feed import Feed
from tools.simulator.journal import Journal


class Rolls:
    """Looks once a day at the markets; `retire` ends an old month, `listed` takes in a new one."""

    def __init__(
        self,
        feeds: Mapping[str, Feed],
        agenda: Agenda,
        journal: Journal,
        retire: Callable[[int, Contract], None],
        listed: Callable[[Feed], None],
    ) -> None:
        self._feeds = feeds
        self._agenda = agenda
        self._journal = journal
        self._retire = retire
        self._listed = listed

    def begin(self, now: int) -> None:
        self._agenda.add(hours.upcoming((ROLLS,), now), self._turn)

    def _turn(self, now: int) -> None:
        day = contracts.day(now)
        for feed in tuple(self._feeds.values()):
            front = contracts.front(feed.contract.product, day)
            if feed.contract.active and feed.contract != front:
                self._roll(now, feed, front)
        self.begin(now)

    def _roll(self, now: int, feed: Feed, front: Contract) -> None:
        old = feed.contract.id
        self._journal.add({"ns": now, "kind": "roll", "contract": old, "to": front.id})
        self._retire(now, feed.contract)
        if front.id in self._feeds:  # it was given a market of its own
            feed.retire()
        else:
            self._listed(feed.succeeded(now, front))
