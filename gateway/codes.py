"""The venue's error codes: a table per endpoint, the same number means different things."""

from enum import IntEnum


class LoginCode(IntEnum):
    """gateway.md 2.3."""

    SUCCESS = 0
    USER_NOT_FOUND = 1
    PASSWORD_VERIFICATION_FAILED = 2
    INVALID_CREDENTIALS = 3
    APP_NOT_FOUND = 4
    APP_VERIFICATION_FAILED = 5
    INVALID_DEVICE = 6
    AGREEMENTS_NOT_SIGNED = 7
    UNKNOWN_ERROR = 8
    API_SUBSCRIPTION_NOT_FOUND = 9
    API_KEY_AUTHENTICATION_DISABLED = 10


class ValidateCode(IntEnum):
    SUCCESS = 0
    INVALID_SESSION = 1
    SESSION_NOT_FOUND = 2
    EXPIRED_TOKEN = 3
    UNKNOWN_ERROR = 4


class LogoutCode(IntEnum):
    SUCCESS = 0
    INVALID_SESSION = 1
    UNKNOWN_ERROR = 2


class AccountSearchCode(IntEnum):
    SUCCESS = 0


class ContractCode(IntEnum):
    """gateway.md 3.4."""

    SUCCESS = 0
    CONTRACT_NOT_FOUND = 1


class BarsCode(IntEnum):
    """gateway.md 9."""

    SUCCESS = 0
    CONTRACT_NOT_FOUND = 1
    UNIT_INVALID = 2
    UNIT_NUMBER_INVALID = 3
    LIMIT_INVALID = 4


class SearchCode(IntEnum):
    """Orders, positions and trades: gateway.md 3.9 to 3.11."""

    SUCCESS = 0
    ACCOUNT_NOT_FOUND = 1


class OrderByIdCode(IntEnum):
    """gateway.md 3.9."""

    SUCCESS = 0
    ORDER_NOT_FOUND = 1


class PlaceCode(IntEnum):
    """gateway.md 3.6."""

    SUCCESS = 0
    ACCOUNT_NOT_FOUND = 1
    ORDER_REJECTED = 2
    INSUFFICIENT_FUNDS = 3
    ACCOUNT_VIOLATION = 4
    OUTSIDE_TRADING_HOURS = 5
    ORDER_PENDING = 6
    UNKNOWN_ERROR = 7
    CONTRACT_NOT_FOUND = 8
    CONTRACT_NOT_ACTIVE = 9
    ACCOUNT_REJECTED = 10


class CancelCode(IntEnum):
    """gateway.md 3.8."""

    SUCCESS = 0
    ACCOUNT_NOT_FOUND = 1
    ORDER_NOT_FOUND = 2
    REJECTED = 3
    PENDING = 4
    UNKNOWN_ERROR = 5
    ACCOUNT_REJECTED = 6


class ModifyCode(IntEnum):
    """gateway.md 3.7."""

    SUCCESS = 0
    ACCOUNT_NOT_FOUND = 1
    ORDER_NOT_FOUND = 2
    REJECTED = 3
    PENDING = 4
    UNKNOWN_ERROR = 5
    ACCOUNT_REJECTED = 6
    CONTRACT_NOT_FOUND = 7


class CloseCode(IntEnum):
    """gateway.md 3.10."""

    SUCCESS = 0
    ACCOUNT_NOT_FOUND = 1
    POSITION_NOT_FOUND = 2
    CONTRACT_NOT_FOUND = 3
    CONTRACT_NOT_ACTIVE = 4
    ORDER_REJECTED = 5
    ORDER_PENDING = 6
    UNKNOWN_ERROR = 7
    ACCOUNT_REJECTED = 8


class PartialCloseCode(IntEnum):
    """gateway.md 3.10: not the numbers of CloseCode."""

    SUCCESS = 0
    ACCOUNT_NOT_FOUND = 1
    POSITION_NOT_FOUND = 2
    CONTRACT_NOT_FOUND = 3
    CONTRACT_NOT_ACTIVE = 4
    INVALID_CLOSE_SIZE = 5
    ORDER_REJECTED = 6
    ORDER_PENDING = 7
    UNKNOWN_ERROR = 8
    ACCOUNT_REJECTED = 9


def name(codes: type[IntEnum], code: int) -> str:
    """A code as messages carry it: `order_rejected`, or `code_42` where the table has none."""
    try:
        return codes(code).name.lower()
    except ValueError:
        return f"code_{code}"


def ambiguous(codes: type[IntEnum], code: int) -> bool:
    """Whether a mutation answered so may still happen (gateway.md 12.3); a code of no table is
    ambiguous too.
    """
    return (codes, code) not in _DEFINITE


_PENDING: dict[type[IntEnum], tuple[IntEnum, ...]] = {
    PlaceCode: (PlaceCode.ORDER_PENDING, PlaceCode.UNKNOWN_ERROR),
    CancelCode: (CancelCode.PENDING, CancelCode.UNKNOWN_ERROR),
    ModifyCode: (ModifyCode.PENDING, ModifyCode.UNKNOWN_ERROR),
    CloseCode: (CloseCode.ORDER_PENDING, CloseCode.UNKNOWN_ERROR),
    PartialCloseCode: (PartialCloseCode.ORDER_PENDING, PartialCloseCode.UNKNOWN_ERROR),
}
_DEFINITE = frozenset(
    (codes, int(code))
    for codes, pending in _PENDING.items()
    for code in codes
    if code and code not in pending
)

_TEXTS = (
    ("cannot be used with position brackets", "position_brackets"),
    ("not in an active trading status", "market_closed"),
    ("custom tag already in use", "duplicate_tag"),
    ("not enough margin", "insufficient_funds"),
)
"""What the catch-all refusal of a place says in its text only (wire literals of gateway.md 3.6)."""


def place_name(code: int, message: str) -> str:
    """A place's code by name, made precise by the text where the venue uses one code for
    everything.

    Both ways of saying that the market is closed become `market_closed` (gateway.md 3.6, conflict).
    """
    if code == PlaceCode.OUTSIDE_TRADING_HOURS:
        return "market_closed"
    if code == PlaceCode.ORDER_REJECTED:
        said = message.casefold()
        return next((name for text, name in _TEXTS if text in said), "order_rejected")
    return name(PlaceCode, code)
