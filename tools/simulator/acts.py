"""What faults do at once: to sockets, tokens, accounts, orders. Each says what it did."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from tools.simulator.accounts import Account
from tools.simulator.exchange import Exchange, Refused
from tools.simulator.faults import Act, Faults, Run
from tools.simulator.feed import Feed
from tools.simulator.hub import CLOSED, END, LOGOUT, Connection, Hubs
from tools.simulator.orders import Order, OrderType, Request, Side, Status
from tools.simulator.tokens import Tokens

LOCKOUT = "lockout"
GARBAGE = b'{"type":1,"target":"Gateway' + END


@dataclass(frozen=True)
class Site:
    """What acts work on."""

    exchange: Exchange
    hubs: Hubs
    tokens: Tokens
    feeds: Mapping[str, Feed]
    faults: Faults

    def connections(self, run: Run) -> list[Connection]:
        found = self.hubs.connections.values()
        return [row for row in found if row.ready and run.reaches(row.hub)]

    def accounts(self, run: Run) -> list[Account]:
        return [row for row in self.exchange.accounts.values() if run.reaches(row.id)]


def _numbers(rows: list[Connection]) -> str:
    return f"connections {[row.number for row in rows]}"


def drop_hub(site: Site, now: int, run: Run) -> str:
    rows = site.connections(run)
    for row in rows:
        site.hubs.drop(now, row.number)
    return _numbers(rows)


def close_hub_error(site: Site, now: int, run: Run) -> str:
    rows = site.connections(run)
    for row in rows:
        site.hubs.send(now, row.number, CLOSED)
        site.hubs.drop(now, row.number)
    return _numbers(rows)


def garbage_frame(site: Site, now: int, run: Run) -> str:
    rows = site.connections(run)
    for row in rows:
        site.hubs.send(now, row.number, GARBAGE)
    return _numbers(rows)


def second_session(site: Site, now: int, run: Run) -> str:
    """Another session of the user opens: the older connections hear it, and stay."""
    rows = site.connections(run)
    for row in rows:
        site.hubs.send(now, row.number, LOGOUT)
    return _numbers(rows)


def expire_token(site: Site, now: int, run: Run) -> str:
    """Hubs stay connected: a token is looked at when a socket opens."""
    return f"{site.tokens.expire()} tokens"


def cancel_brackets(site: Site, now: int, run: Run) -> str:
    accounts = [row.id for row in site.accounts(run)]
    return f"cancelled {site.exchange.cancel_legs(now, accounts)}"


def external_close(site: Site, now: int, run: Run) -> str:
    done = []
    for account in site.accounts(run):
        for position in tuple(account.positions.values()):
            try:
                order = site.exchange.close(now, account.id, position.contract, None)
            except Refused:  # as the platform refuses it while the market is closed
                continue
            done.append(order.id)
    return f"orders {done}"


def external_order(site: Site, now: int, run: Run) -> str:
    account = next(iter(site.exchange.accounts.values()))
    feed = next((feed for name, feed in site.feeds.items() if run.reaches(name)), None)
    if feed is None or feed.book.ask is None:
        return "nothing: no market"
    bought = Request(type=OrderType.MARKET, side=Side.BUY, size=1)
    order = site.exchange.enter(now, account, feed.contract, bought)
    return f"order {order.id}"


def move_stop_by_hand(site: Site, now: int, run: Run) -> str:
    accounts = {row.id for row in site.accounts(run)}
    moved = [row for row in site.exchange.working.values() if row.account in accounts]
    stops = [row for row in moved if _movable(row)]
    for order in stops:
        site.exchange.push_stop(now, order, int(run.amount))
    return f"moved {[order.id for order in stops]}"


def _movable(order: Order) -> bool:
    return order.armed and order.status is Status.OPEN and order.stop is not None


def lock(site: Site, now: int, run: Run) -> str:
    rows = [row for row in site.accounts(run) if LOCKOUT not in row.locks]
    for row in rows:
        site.exchange.permit(now, row, trading=False, by=LOCKOUT)
    return f"accounts {[row.id for row in rows]}"


def unlock(site: Site, now: int, run: Run) -> str:
    """Lift the lock when the last lockout is over; what else locks an account stays in force."""
    over = [row for row in site.accounts(run) if LOCKOUT in row.locks]
    rows = [row for row in over if not site.faults.held(LOCKOUT, row.id)]
    for row in rows:
        site.exchange.permit(now, row, trading=True, by=LOCKOUT)
    return f"accounts {[row.id for row in rows]}"


ACTS: Mapping[str, Callable[[Site, int, Run], str]] = {
    "drop_hub": drop_hub,
    "close_hub_error": close_hub_error,
    "garbage_frame": garbage_frame,
    "second_session": second_session,
    "expire_token": expire_token,
    "cancel_brackets": cancel_brackets,
    "external_close": external_close,
    "external_order": external_order,
    "move_stop_by_hand": move_stop_by_hand,
    LOCKOUT: lock,
}
UNDO: Mapping[str, Callable[[Site, int, Run], str]] = {LOCKOUT: unlock}


def bound(acts: Mapping[str, Callable[[Site, int, Run], str]], site: Site) -> dict[str, Act]:
    """The acts of a table on a site."""
    return {name: partial(act, site) for name, act in acts.items()}
