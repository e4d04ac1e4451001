"""A logged-in client of one account: what the tools ask and send goes through here."""

import http.client
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import TypeVar

import msgspec

from gateway.access import Access
from gateway.codes import AccountSearchCode, ContractCode
from gateway.contracts import Instruments
from gateway.exchange import Plan
from gateway.limiter import Lane
from gateway.queries import ACCOUNTS, stated
from gateway.reading import Envelope, ReadFailed
from gateway.redaction import Redactor, guard
from gateway.rest import RestCore
from gateway.rest_shell import Carrier
from gateway.session import AccountUnknown, Session, VenueUnreachable, resolving, signing_in
from gateway.translation import account as account_of
from gateway.wire import AccountRow
from messages.base import SECOND, Message, Nanos
from messages.market import Instrument
from messages.order import QueryFailed
from messages.position import Account
from tools.console.command import Stopped, confirm, refusals
from tools.console.target import DEFAULT_URL, ROOT, VARIABLE, Target, target
from tools.console.venue_time import measured

T = TypeVar("T")

PATIENCE: Nanos = 5 * SECOND
"""How long a read waits for room in the request budget: a person sits there."""
M = TypeVar("M", bound=Message)

OWN_TIME: Nanos = 2 * SECOND
"""A simulator further from our clock than this has an epoch of its own, which we then follow."""


class ContractListing(msgspec.Struct, frozen=True, rename="camel"):
    """A contract as the venue lists it, with the words that the engine has no use for."""

    id: str
    name: str
    tick_size: Decimal
    tick_value: Decimal
    active_contract: bool = False
    description: str = ""
    symbol_id: str = ""


class _Listings(Envelope, frozen=True):
    contracts: list[ContractListing] | None = None


class _Listing(Envelope, frozen=True):
    contract: ContractListing | None = None


_LISTINGS = msgspec.json.Decoder(_Listings, strict=False)
_LISTING = msgspec.json.Decoder(_Listing, strict=False)


class Desk:
    """One login. The account is chosen at the first use, whether it may trade or not: what is open
    in a locked account must still be seen and closed.
    """

    def __init__(
        self, venue: Target, wanted: str | None, shift: Nanos, unasked: bool = False
    ) -> None:
        self.venue = venue
        self.redact = Redactor()
        guard(self.redact)
        self.access = Access(venue.user, venue.key, threading.Lock(), self.redact.learn)
        self.instruments = Instruments()
        self.expires: Nanos = 0
        self._wanted: int | str | None = venue.api.account_id if wanted is None else wanted
        self._shift = shift
        self._unasked = unasked
        self._account: Account | None = None
        api = venue.api
        self._carrier = Carrier(
            api.base_url,
            self.now,
            api.connect_timeout_s,
            api.read_timeout_s,
            api.query_attempts if venue.live else 1,
            PATIENCE,
        )

    def now(self) -> Nanos:
        """The venue's time as far as it is known."""
        return time.time_ns() + self._shift

    def carry(self, plan: Plan[T]) -> T:
        return self._carrier.carry(plan)

    def login(self) -> None:
        """Raises AuthenticationFailed and VenueUnreachable."""
        self.expires = self.carry(signing_in(self.access))

    def close(self) -> None:
        self._carrier.close()

    def accounts(self) -> list[AccountRow]:
        return self.carry(_accounts(self.access))

    @property
    def account(self) -> Account:
        """Raises AccountUnknown."""
        if self._account is None:
            self._account = account_of(chosen(self.accounts(), self._wanted))
        return self._account

    def confirm(self, question: str, exposes: bool = True) -> None:
        """Ask before a write, naming the account. One that may add to the risk of the real account
        (`exposes`) has the account's name typed; the way to flat is not held up so.
        """
        name = self.account.name
        real = "the REAL account " if self.venue.live else ""
        typed = name if self.venue.live and exposes else None
        confirm(f"{question} in {real}{name}?", self._unasked, typed)

    def contract(self, wanted: str | None) -> Instrument:
        """The active contract of a symbol or id; of the settings where none is named."""
        named = self.venue.settings.trading.contract[0] if wanted is None else wanted
        found = self.carry(resolving(self.access, named))
        self.instruments.learn(found)
        return found

    def found(self, text: str) -> list[ContractListing]:
        """What the venue's fuzzy search gives, at most 20."""
        body: dict[str, object] = {"searchText": text, "live": False}
        return self.carry(_search(self.access, body))

    def listed(self, contract: str) -> ContractListing:
        return self.carry(_by_id(self.access, contract))

    def ask(self, request: Message, kind: type[M]) -> M:
        """The answer of a request that RestCore knows. Raises ReadFailed."""
        core = RestCore(self.access, self.instruments, self.account.id)
        answer = self.carry(core.plan(request))
        if isinstance(answer, QueryFailed):
            raise ReadFailed(answer.code, answer.message)
        if not isinstance(answer, kind):
            raise TypeError(f"{type(request).__name__} was answered by {type(answer).__name__}")
        return answer

    def session(self) -> Session:
        """As an engine on this account would have it, by which its lock is named."""
        return Session(self.account, (), self.expires)


def chosen(rows: list[AccountRow], wanted: int | str | None) -> AccountRow:
    """By number or name; without a wish the first that can trade. Raises AccountUnknown."""
    if wanted is None:
        tradable = [row for row in rows if row.can_trade]
        if not tradable:
            raise AccountUnknown("no account of this user can trade; name one with --account")
        return tradable[0]
    for row in rows:
        if str(wanted) in (str(row.id), row.name):
            return row
    names = ", ".join(f"{row.name} ({row.id})" for row in rows) or "none"
    raise AccountUnknown(f"account {wanted} is not one of this user's: {names}")


@contextmanager
def opened(
    url: str | None, live: bool, account: str | None = None, unasked: bool = False
) -> Iterator[Desk]:
    """A desk that has logged in. Whatever goes wrong is told in one line, with its exit code."""
    with refusals():
        venue = target(url, live, os.environ, ROOT / ".env")
        for warning in venue.warnings:
            print(warning, file=sys.stderr)
        with visited(venue, account, unasked) as desk:
            yield desk


@contextmanager
def visited(venue: Target, account: str | None = None, unasked: bool = False) -> Iterator[Desk]:
    """A desk at a venue, logged in; `unasked` writes without a question (--yes). Raises what
    SessionFailed covers, and Stopped.
    """
    desk = Desk(venue, account, _shift(venue), unasked)
    try:
        desk.login()
        yield desk
    finally:
        desk.close()


def _shift(venue: Target) -> Nanos:
    """How far a simulator's epoch is from now; none for the real venue, whose time is ours."""
    if venue.live:
        return 0
    base = venue.api.base_url
    try:
        offset = measured(base, 1, venue.api.connect_timeout_s)
        if offset is not None and abs(offset.middle) > OWN_TIME:
            offset = measured(base, 8, venue.api.connect_timeout_s)
    except (OSError, http.client.HTTPException) as error:
        port = base.rpartition(":")[2]
        raise VenueUnreachable(
            f"no simulator at {base}: start one with python -m tools.simulator --port {port},"
            f" or name another with --url or {VARIABLE} (default {DEFAULT_URL})"
        ) from error
    return 0 if offset is None or abs(offset.middle) <= OWN_TIME else offset.middle


def _accounts(access: Access) -> Plan[list[AccountRow]]:
    body = {"onlyActiveAccounts": False}
    answer, _ = yield from access.read(
        "/api/Account/search", body, Lane.LOOKUP, ACCOUNTS, AccountSearchCode
    )
    return stated(answer.accounts)


def _search(access: Access, body: dict[str, object]) -> Plan[list[ContractListing]]:
    answer, _ = yield from access.read(
        "/api/Contract/search", body, Lane.LOOKUP, _LISTINGS, ContractCode
    )
    return stated(answer.contracts)


def _by_id(access: Access, contract: str) -> Plan[ContractListing]:
    try:
        answer, _ = yield from access.read(
            "/api/Contract/searchById",
            {"contractId": contract},
            Lane.LOOKUP,
            _LISTING,
            ContractCode,
        )
    except ReadFailed as failure:
        if failure.code != ContractCode.CONTRACT_NOT_FOUND.name.lower():
            raise
        words = f"settings: contract {contract} does not exist: use contract search"
        raise Stopped(words, 3) from failure
    if answer.contract is None:
        raise ReadFailed("not_stated", f"contract {contract}")
    return answer.contract
