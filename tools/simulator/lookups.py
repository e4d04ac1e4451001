"""REST endpoints that change nothing at the exchange: login, accounts, contracts, bars."""

from tools.simulator import bodies, contracts, entities, history
from tools.simulator.desk import Caller, Desk, Envelope, failed, ok
from tools.simulator.stamps import SECOND, iso, ns_of

MOST_FOUND = 20
FINE = (1, 2)
"""Units of bars that an expired month does not serve: seconds, minutes."""
INVALID_CREDENTIALS, APP_NOT_FOUND = 3, 4


def login_key(desk: Desk, caller: Caller, body: bodies.LoginKey) -> Envelope:
    """User names are case-insensitive; every failure here is code 3 (gateway.md 2.3)."""
    user = body.user_name.lower()
    if desk.users.get(user) != body.api_key:
        return failed(INVALID_CREDENTIALS, token=None)
    return ok(token=desk.tokens.issue(caller.now, user))


def login_app(desk: Desk, caller: Caller, body: bodies.LoginApp) -> Envelope:
    """Withdrawn by the vendor; no app is known here."""
    return failed(APP_NOT_FOUND, token=None)


def validate(desk: Desk, caller: Caller, body: bodies.Empty) -> Envelope:
    return ok(newToken=desk.tokens.issue(caller.now, caller.user))


def logout(desk: Desk, caller: Caller, body: bodies.Empty) -> Envelope:
    desk.tokens.revoke(caller.token)
    return ok()


def account_search(desk: Desk, caller: Caller, body: bodies.Accounts) -> Envelope:
    rows = desk.exchange.accounts.values()
    shown = [row for row in rows if row.can_trade or not body.only_active_accounts]
    return ok(accounts=[entities.account(row) for row in shown])


def contract_search(desk: Desk, caller: Caller, body: bodies.ContractSearch) -> Envelope:
    """Fuzzy: the text anywhere in id, name or description; nothing under live (gateway.md 3.4)."""
    wanted = body.search_text.lower()
    rows = [
        row
        for row in contracts.active_contracts(contracts.day(caller.now))
        if wanted in f"{row.id} {row.name} {row.description}".lower()
    ]
    shown = [] if body.live else rows[:MOST_FOUND]
    return ok(contracts=[entities.contract(row) for row in shown])


def contract_by_id(desk: Desk, caller: Caller, body: bodies.ContractById) -> Envelope:
    row = desk.contract(caller.now, body.contract_id)
    if row is None:
        return failed(1, contract=None)
    return ok(contract=entities.contract(row))


def contract_available(desk: Desk, caller: Caller, body: bodies.Available) -> Envelope:
    rows = () if body.live else contracts.active_contracts(contracts.day(caller.now))
    return ok(contracts=[entities.contract(row) for row in rows])


def retrieve_bars(desk: Desk, caller: Caller, body: bodies.Bars) -> Envelope:
    """Newest first, the newest `limit` of the window (gateway.md 9 and 13).

    A month that is no longer active has no seconds and minutes.
    """
    contract = desk.contract(caller.now, body.contract_id)
    if contract is None:
        return failed(1, bars=[])
    if not 1 <= body.unit <= 6:
        return failed(2, bars=[])
    if body.unit_number < 1:
        return failed(3, bars=[])
    if not 1 <= body.limit <= history.MOST:
        return failed(4, bars=[])
    feed = desk.feeds.get(contract.id)
    if feed is None or body.live or body.start_time is None or body.end_time is None:
        return ok(bars=[])
    if body.unit in FINE and contracts.expired(contract, contracts.day(caller.now)):
        return ok(bars=[])
    start, end = (ns_of(when) // SECOND for when in (body.start_time, body.end_time))
    known = desk.known(caller.now, contract.id)
    rows = feed.history.bars(start, end, body.unit, body.unit_number, known)
    if not body.include_partial_bar:
        done = caller.now // SECOND - history.width(body.unit, body.unit_number)
        rows = [row for row in rows if row.second <= done]
    price = contract.price
    return ok(
        bars=[
            {
                "t": iso(row.second * SECOND),
                "o": price(row.open),
                "h": price(row.high),
                "l": price(row.low),
                "c": price(row.close),
                "v": row.volume,
            }
            for row in reversed(rows[-body.limit :])
        ]
    )
