"""Request bodies of the REST interface (gateway.md 3). Unknown fields are ignored; missing ones
bind to their defaults, except those of the login (gateway.md 13)."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

import msgspec

Int32 = Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)]
Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
MOST = Decimal(2**96 - 1)
"""The largest number of the platform's decimal type."""


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
    unit: Int32 = 0
    unit_number: Int32 = 0
    limit: Int32 = 0
    include_partial_bar: bool = False


class Leg(Body):
    ticks: Int32 = 0
    type: Int32 = 0


class Priced(Body):
    """With up to three prices."""

    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_price: Decimal | None = None

    def __post_init__(self) -> None:
        for price in (self.limit_price, self.stop_price, self.trail_price):
            if price is not None and not (price.is_finite() and abs(price) <= MOST):
                raise ValueError(f"{price} is out of range")


class Place(Priced):
    account_id: Int32 = 0
    contract_id: str = ""
    type: Int32 = 0
    side: Int32 = 0
    size: Int32 = 0
    custom_tag: str | None = None
    stop_loss_bracket: Leg | None = None
    take_profit_bracket: Leg | None = None


class Modify(Priced):
    account_id: Int32 = 0
    order_id: Int64 = 0
    size: Int32 | None = None


class OneOrder(Body):
    account_id: Int32 = 0
    order_id: Int64 = 0


class Span(Body):
    account_id: Int32 = 0
    start_timestamp: datetime | None = None
    end_timestamp: datetime | None = None


class OneAccount(Body):
    account_id: Int32 = 0


class Filter(Body):
    account_id: Int32 = 0
    statuses: list[Int32] | None = None
    contract_id: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None


class Query(Body):
    filter: Filter
    page_size: Int32 | None = None
    page_offset: Int32 | None = None
    sort_by: Int32 = 0
    sort_direction: Int32 = 0
    include_total_count: bool = False


class Close(Body):
    account_id: Int32 = 0
    contract_id: str = ""


class PartialClose(Body):
    account_id: Int32 = 0
    contract_id: str = ""
    size: Int32 = 0
