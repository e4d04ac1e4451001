"""JSON as clients send it: whatever is wrong with it is one kind of error."""

from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


def decode(data: bytes, into: type[T]) -> T:
    """Raises msgspec.DecodeError, for bytes that are no text and endless nesting too."""
    try:
        return msgspec.json.decode(data, type=into)
    except (UnicodeDecodeError, RecursionError) as error:
        raise msgspec.DecodeError(str(error)) from None


def untyped(data: bytes) -> Any:
    """Raises msgspec.DecodeError."""
    return decode(data, object)
