"""Reads of one account: orders, fills, positions, the account."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

import msgspec

from gateway import translation
from gateway.access import Access
from gateway.codes import AccountSearchCode, ContractCode, OrderByIdCode, SearchCode
from gateway.contracts import Instruments, instrument
from gateway.exchange import Plan
from gateway.limiter import Lane
from gateway.reading import Envelope, ReadFailed
from gateway.times import iso
from gateway.wire import (
    AccountRow,
    ContractRow,
    OrderRow,
    PositionRow,
    TradeRow,
    WireStatus,
)
from messages.base import SECOND, Nanos
from messages.order import FillsFound, Order, OrdersFound, QueryFills, QueryOrders
from messages.position import AccountEvent, PositionsFound, QueryAccount, QueryPositions

LOOK_BACK: Nanos = 24 * 3600 * SECOND
"""How old a suspended order may be where the venue lacks v2/query (a trading day)."""

_WORKING = (
    WireStatus.OPEN,
    WireStatus.PENDING,
    WireStatus.PENDING_CANCEL,
    WireStatus.SUSPENDED,
)


T = TypeVar("T")


class AccountsAnswer(Envelope, frozen=True):
    accounts: list[AccountRow] | None = None


class ContractAnswer(Envelope, frozen=True):
    contract: ContractRow | None = None


class _OrdersAnswer(Envelope, frozen=True, rename="camel"):
    orders: list[OrderRow] | None = None
    total_count: int | None = None


class _OrderAnswer(Envelope, frozen=True):
    order: OrderRow | None = None


class _PositionsAnswer(Envelope, frozen=True):
    positions: list[PositionRow] | None = None


class _TradesAnswer(Envelope, frozen=True):
    trades: list[TradeRow] | None = None


ACCOUNTS = msgspec.json.Decoder(AccountsAnswer, strict=False)
CONTRACT = msgspec.json.Decoder(ContractAnswer, strict=False)
_ORDERS = msgspec.json.Decoder(_OrdersAnswer, strict=False)
_ORDER = msgspec.json.Decoder(_OrderAnswer, strict=False)
_POSITIONS = msgspec.json.Decoder(_PositionsAnswer, strict=False)
_TRADES = msgspec.json.Decoder(_TradesAnswer, strict=False)


class Queries:
    """The plans of one account. They raise ReadFailed and WireError.

    A row in a contract that nobody configured makes the plan ask for that contract first.
    """

    def __init__(self, access: Access, instruments: Instruments, account: int) -> None:
        self._access = access
        self._instruments = instruments
        self._account = account
        self._lacks_query = False

    def orders(self, request: QueryOrders) -> Plan[OrdersFound]:
        """Later readings replace earlier ones; `asked` is when the first left.

        v2/query alone lists every working order, suspended bracket children too; where it is
        missing searchOpen, which hides those, and search together do.
        """
        lane = _lane(request.urgent)
        rows, asked = yield from self._working(lane)
        if request.since is not None:
            start = {"startTimestamp": iso(request.since)}
            created, _ = yield from self._orders("search", start, lane)
            rows += created
        yield from self._learn((row.contract_id for row in rows), lane)
        found: dict[int, Order] = {}
        for row in rows:
            order = translation.order(row, self._instruments)
            found[order.id] = order
        return OrdersFound(tuple(found.values()), asked, request.since)

    def order(self, number: int) -> Plan[Order | None]:
        """One order in whatever state; None where the account has none of that number.

        A venue without the endpoint fails as http_404 (gateway.md 3.2).
        """
        try:
            answer, _ = yield from self._access.read(
                "/api/Order/searchById",
                {"accountId": self._account, "orderId": number},
                Lane.LOOKUP,
                _ORDER,
                OrderByIdCode,
            )
        except ReadFailed as failure:
            if failure.code == OrderByIdCode.ORDER_NOT_FOUND.name.lower():
                return None
            raise
        if answer.order is None:
            raise ReadFailed("not_stated", f"order {number}")
        yield from self._learn((answer.order.contract_id,), Lane.LOOKUP)
        return translation.order(answer.order, self._instruments)

    def fills(self, request: QueryFills) -> Plan[FillsFound]:
        lane = _lane(request.urgent)
        body = {"accountId": self._account, "startTimestamp": iso(request.since)}
        answer, asked = yield from self._access.read(
            "/api/Trade/search", body, lane, _TRADES, SearchCode
        )
        rows = [row for row in stated(answer.trades) if row.account_id == self._account]
        yield from self._learn((row.contract_id for row in rows), lane)
        fills = sorted(
            (translation.fill(row, self._instruments) for row in rows),
            key=lambda fill: (fill.stamp, fill.id),
        )
        return FillsFound(tuple(fills), asked, request.since)

    def positions(self, request: QueryPositions) -> Plan[PositionsFound]:
        lane = _lane(request.urgent)
        body = {"accountId": self._account}
        answer, asked = yield from self._access.read(
            "/api/Position/searchOpen", body, lane, _POSITIONS, SearchCode
        )
        rows = [row for row in stated(answer.positions) if row.account_id == self._account]
        yield from self._learn((row.contract_id for row in rows), lane)
        positions = (translation.position(row, self._instruments) for row in rows)
        return PositionsFound(tuple(found for found in positions if found.size), asked)

    def account(self, request: QueryAccount) -> Plan[AccountEvent]:
        """Locked accounts too: that is what the engine must learn."""
        answer, asked = yield from self._access.read(
            "/api/Account/search",
            {"onlyActiveAccounts": False},
            Lane.LOOKUP,
            ACCOUNTS,
            AccountSearchCode,
        )
        for row in stated(answer.accounts):
            if row.id == self._account:
                return AccountEvent(translation.account(row), asked)
        raise ReadFailed("account_not_found", f"account {self._account} is not listed")

    def _orders(
        self, endpoint: str, body: Mapping[str, object], lane: Lane
    ) -> Plan[tuple[list[OrderRow], Nanos]]:
        answer, asked = yield from self._access.read(
            f"/api/Order/{endpoint}",
            {"accountId": self._account, **body},
            lane,
            _ORDERS,
            SearchCode,
        )
        return self._mine(answer.orders), asked

    def _working(self, lane: Lane) -> Plan[tuple[list[OrderRow], Nanos]]:
        if not self._lacks_query:
            try:
                return (yield from self._queried(lane))
            except ReadFailed as failure:
                if failure.code != "http_404":
                    raise
                self._lacks_query = True
        opened, asked = yield from self._orders("searchOpen", {}, lane)
        start = {"startTimestamp": iso(asked - LOOK_BACK)}
        rows, _ = yield from self._orders("search", start, lane)
        return opened + [row for row in rows if row.status in _WORKING], asked

    def _queried(self, lane: Lane) -> Plan[tuple[list[OrderRow], Nanos]]:
        """The page size is not documented: what the first page lacks is asked for by count."""
        body: dict[str, object] = {
            "filter": {"accountId": self._account, "statuses": _WORKING},
            "includeTotalCount": True,
        }
        answer, asked = yield from self._page(body, lane)
        rows, total = stated(answer.orders), answer.total_count or 0
        if total > len(rows):
            answer, asked = yield from self._page({**body, "pageSize": total}, lane)
            rows, total = stated(answer.orders), answer.total_count or 0
        if total > len(rows):
            raise ReadFailed("incomplete", f"v2/query gave {len(rows)} of {total} orders")
        return self._mine(rows), asked

    def _page(self, body: Mapping[str, object], lane: Lane) -> Plan[tuple[_OrdersAnswer, Nanos]]:
        return self._access.read("/api/Order/v2/query", body, lane, _ORDERS, SearchCode)

    def _mine(self, rows: list[OrderRow] | None) -> list[OrderRow]:
        return [row for row in stated(rows) if row.account_id == self._account]

    def _learn(self, contracts: Iterable[str], lane: Lane) -> Plan[None]:
        for contract in sorted(set(contracts)):
            if contract not in self._instruments:
                answer, _ = yield from self._access.read(
                    "/api/Contract/searchById",
                    {"contractId": contract},
                    lane,
                    CONTRACT,
                    ContractCode,
                )
                if answer.contract is None:
                    raise ReadFailed("not_stated", f"contract {contract}")
                self._instruments.learn(instrument(answer.contract))


def _lane(urgent: bool) -> Lane:
    return Lane.URGENT if urgent else Lane.LOOKUP


def stated(rows: list[T] | None) -> list[T]:
    """A list that is null or absent is not stated, which is not empty (gateway.md 3.1)."""
    if rows is None:
        raise ReadFailed("not_stated", "the venue's answer holds no list")
    return rows
