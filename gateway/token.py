"""The session token: opaque text with an expiry (gateway.md 2.1)."""

import base64
import binascii

import msgspec

from messages.base import SECOND, Nanos

LIFE: Nanos = 24 * 3600 * SECOND
"""Valid from issue, where the token itself does not say."""


class _Claims(msgspec.Struct):
    exp: float


class Token(msgspec.Struct, frozen=True):
    """A token, when it was issued (by our clock) and when it expires. Its text is never shown."""

    text: str
    issued: Nanos
    expires: Nanos

    def __repr__(self) -> str:
        return f"Token(***, expires={self.expires})"

    @property
    def renew_at(self) -> Nanos:
        """Half-way: early enough that many renewals may fail before it expires."""
        return self.issued + max(0, self.expires - self.issued) // 2


def issued(text: str, now: Nanos) -> Token:
    """A token just received: it expires as its `exp` claim says, or after 24 hours."""
    expires = _claimed(text)
    return Token(text, now, now + LIFE if expires is None else expires)


def _claimed(text: str) -> Nanos | None:
    """The `exp` claim of a JWT in ns; None where the text is no JWT or states none."""
    parts = text.split(".")
    if len(parts) != 3:
        return None
    padded = parts[1] + "=" * (-len(parts[1]) % 4)
    try:
        claims = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=_Claims)
        return int(claims.exp) * SECOND
    except (ValueError, OverflowError, binascii.Error):
        return None
