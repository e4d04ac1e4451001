"""The table of REST endpoints: handler, body, error numbers (gateway.md 3)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tools.simulator import bodies, lookups, trading
from tools.simulator.desk import Caller, Desk, Envelope
from tools.simulator.exchange import Why
from tools.simulator.limits import HISTORY, OTHERS, Window

PLACE = {
    Why.NO_ACCOUNT: 1, Why.REJECTED: 2, Why.VIOLATION: 4, Why.NO_CONTRACT: 8, Why.NOT_ACTIVE: 9,
}  # fmt: skip
MODIFY = {Why.NO_ACCOUNT: 1, Why.NO_ORDER: 2, Why.REJECTED: 3}
CANCEL = MODIFY
CLOSE = {
    Why.NO_ACCOUNT: 1, Why.NO_POSITION: 2, Why.NO_CONTRACT: 3, Why.NOT_ACTIVE: 4, Why.REJECTED: 5,
}  # fmt: skip
PARTIAL = {**CLOSE, Why.BAD_SIZE: 5, Why.REJECTED: 6}
SEARCH = {Why.NO_ACCOUNT: 1}
FIND = {Why.NO_ACCOUNT: 1, Why.NO_ORDER: 1}


@dataclass(frozen=True)
class Endpoint:
    """A handler, its body, its numbers for refusals, and what it carries when it refuses."""

    handler: Callable[[Desk, Caller, Any], Envelope]
    body: type[bodies.Body]
    codes: Mapping[Why, int]
    payload: str | None = None
    empty: Any = None
    window: Window = OTHERS
    open: bool = False
    """Needs no token."""


ENDPOINTS: Mapping[str, Endpoint] = {
    "/api/Auth/loginKey": Endpoint(lookups.login_key, bodies.LoginKey, {}, open=True),
    "/api/Auth/loginApp": Endpoint(lookups.login_app, bodies.LoginApp, {}, open=True),
    "/api/Auth/validate": Endpoint(lookups.validate, bodies.Empty, {}),
    "/api/Auth/logout": Endpoint(lookups.logout, bodies.Empty, {}),
    "/api/Account/search": Endpoint(lookups.account_search, bodies.Accounts, {}),
    "/api/Contract/search": Endpoint(lookups.contract_search, bodies.ContractSearch, {}),
    "/api/Contract/searchById": Endpoint(lookups.contract_by_id, bodies.ContractById, {}),
    "/api/Contract/available": Endpoint(lookups.contract_available, bodies.Available, {}),
    "/api/History/retrieveBars": Endpoint(lookups.retrieve_bars, bodies.Bars, {}, window=HISTORY),
    "/api/Order/place": Endpoint(trading.place, bodies.Place, PLACE, "orderId"),
    "/api/Order/modify": Endpoint(trading.modify, bodies.Modify, MODIFY),
    "/api/Order/cancel": Endpoint(trading.cancel, bodies.OneOrder, CANCEL),
    "/api/Order/search": Endpoint(trading.order_search, bodies.Span, SEARCH, "orders", ()),
    "/api/Order/searchOpen": Endpoint(
        trading.order_search_open, bodies.OneAccount, SEARCH, "orders", ()
    ),
    "/api/Order/searchById": Endpoint(trading.order_by_id, bodies.OneOrder, FIND, "order"),
    "/api/Order/v2/query": Endpoint(trading.order_query, bodies.Query, SEARCH, "orders", ()),
    "/api/Position/searchOpen": Endpoint(
        trading.position_search_open, bodies.OneAccount, SEARCH, "positions", ()
    ),
    "/api/Position/closeContract": Endpoint(trading.position_close, bodies.Close, CLOSE),
    "/api/Position/partialCloseContract": Endpoint(
        trading.position_partial_close, bodies.PartialClose, PARTIAL
    ),
    "/api/Trade/search": Endpoint(trading.trade_search, bodies.Span, SEARCH, "trades", ()),
}
