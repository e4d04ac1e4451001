"""Tags: the idempotency key of an order, unique per account for ever (gateway.md 5.4)."""

from messages.base import Nanos

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_MICROSECOND = 1_000


class Tags:
    """Short tags from the time of their making; two of one microsecond differ by counting on."""

    def __init__(self) -> None:
        self._last = 0

    def next(self, now: Nanos) -> str:
        self._last = max(self._last + 1, now // _MICROSECOND)
        return f"ff-{_base36(self._last)}"


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits
