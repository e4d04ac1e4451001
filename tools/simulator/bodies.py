"""Request bodies of the REST interface (gateway.md 3). Unknown fields are ignored; missing ones
bind to their defaults, except those of the login (gateway.md 13)."""

from datetime import datetime
from decimal import Decimal

import msgspec


class Body(msgspec.Struct, rename="camel"):
    """A request object; camelCase on the wire."""


class Empty(Body):
    pass


class LoginKey(Body):
    user_name: str
    api_key: str


class LoginApp(Body):
    user_name: str
    password: str
    device_id: str
    app_id: str
    verify_key: str


class Accounts(Body):
    only_active_accounts: bool = False


class ContractSearch(Body):
    search_text: str = ""
    live: bool = False


class ContractById(Body):
    contract_id: str = ""


class Available(Body):
    live: bool = False


class Bars(Body):
    contract_id: str = ""
    live: bool = False
    start_time: datetime | None = None
    end_time: datetime | None = None
    unit: int = 0
    unit_number: int = 0
    limit: int = 0
    include_partial_bar: bool = False


class Leg(Body):
    ticks: int = 0
    type: int = 0


class Place(Body):
    account_id: int = 0
    contract_id: str = ""
    type: int = 0
    side: int = 0
    size: int = 0
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_price: Decimal | None = None
    custom_tag: str | None = None
    stop_loss_bracket: Leg | None = None
    take_profit_bracket: Leg | None = None


class Modify(Body):
    account_id: int = 0
    order_id: int = 0
    size: int | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_price: Decimal | None = None


class OneOrder(Body):
    account_id: int = 0
    order_id: int = 0


class Span(Body):
    account_id: int = 0
    start_timestamp: datetime | None = None
    end_timestamp: datetime | None = None


class OneAccount(Body):
    account_id: int = 0


class Filter(Body):
    account_id: int = 0
    statuses: list[int] | None = None
    contract_id: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None


class Query(Body):
    filter: Filter
    page_size: int | None = None
    page_offset: int | None = None
    sort_by: int = 0
    sort_direction: int = 0
    include_total_count: bool = False


class Close(Body):
    account_id: int = 0
    contract_id: str = ""


class PartialClose(Body):
    account_id: int = 0
    contract_id: str = ""
    size: int = 0
