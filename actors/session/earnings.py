"""AGREED: fills, closed trades and the account's balance must tell the same money.

Money is 1/10,000 USD. Fills of before the session are left out.
"""

from actors.runtime.delivery import Published
from actors.session.breaches import Handlers
from messages.base import Money, Nanos
from messages.control import SessionStarted
from messages.order import Fill, FillEvent, FillsFound
from messages.position import AccountEvent, PositionsFound, RoundTrip


class Earnings:
    """`gross`, `fees` and `net` are the venue's own, by its fills, each counted once; `trips` are
    the nets of closed trades by id.
    """

    def __init__(self) -> None:
        self.fills: dict[int, tuple[Money, Money]] = {}
        self.gross: Money = 0
        self.fees: Money = 0
        self.trips: dict[int, Money] = {}
        self.won = 0
        self.newest: RoundTrip | None = None
        self.trips_net: Money = 0
        self.balance: Money | None = None
        self.first: tuple[Money, Money] | None = None
        self.adopted = False
        self._began: Nanos = 0
        self._surveyed = False
        self._fill_since_balance = False

    @property
    def net(self) -> Money:
        return self.gross - self.fees

    def handlers(self) -> Handlers:
        return {
            "SessionStarted": self._started,
            "FillEvent": self._event,
            "FillsFound": self._found,
            "RoundTrip": self._trip,
            "AccountEvent": self._account,
            "PositionsFound": self._positions,
        }

    def disagreements(self, flat: bool) -> list[str]:
        """What does not agree at rest; nothing is judged while a position is open.

        Closed trades are not compared when the session took over a position: their entry was
        another's. The balance is compared when it is newer than the newest fill.
        """
        if not flat:
            return []
        found = []
        if not self.adopted and self.trips_net != self.net:
            found.append(f"closed trades make {self.trips_net}, fills {self.net} (1/10,000 USD)")
        if self.first is not None and self.balance is not None and not self._fill_since_balance:
            change = self.balance - self.first[0]
            earned = self.net - self.first[1]
            if change != earned:
                found.append(f"balance changed by {change}, fills make {earned} (1/10,000 USD)")
        return found

    def _started(self, started: SessionStarted, record: Published) -> None:
        self._began = self._began or started.at

    def _event(self, event: FillEvent, record: Published) -> None:
        self._fill(event.fill)

    def _found(self, found: FillsFound, record: Published) -> None:
        for fill in found.fills:
            if fill.stamp >= self._began:
                self._fill(fill)

    def _fill(self, fill: Fill) -> None:
        """Take a fill once; one that is voided counts nothing from then on."""
        old = self.fills.get(fill.id)
        new = (0, 0) if fill.voided else (fill.pnl or 0, fill.fees)
        if old == new or old == (0, 0):
            return
        self.gross += new[0] - (old[0] if old else 0)
        self.fees += new[1] - (old[1] if old else 0)
        self.fills[fill.id] = new
        self._fill_since_balance = True

    def _trip(self, trip: RoundTrip, record: Published) -> None:
        if trip.id not in self.trips:  # a restarted actor may say it again
            self.trips[trip.id] = trip.net
            self.newest = trip
            self.trips_net += trip.net
            self.won += trip.net > 0

    def _account(self, event: AccountEvent, record: Published) -> None:
        self.balance = event.account.balance
        if self.first is None:
            self.first = (self.balance, self.net)
        self._fill_since_balance = False

    def _positions(self, found: PositionsFound, record: Published) -> None:
        if not self._surveyed:
            self._surveyed = True
            self.adopted = any(position.size for position in found.positions)
