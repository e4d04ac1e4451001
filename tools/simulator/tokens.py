"""Session tokens: JWTs in form (gateway.md 13), valid 24 h, several per user at a time."""

import hashlib
from base64 import b64encode, urlsafe_b64encode

import msgspec

from tools.simulator.stamps import SECOND

LIFETIME = 24 * 3600 * SECOND
HARD = b"\xfb\xef\xff"
"""Encodes to ++//, and 32 bytes behind it to a text that ends in =."""


def _part(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


class Tokens:
    """Issues tokens and knows whose they are. Deterministic for a seed: not a secret store.

    `escaped`: they hold + / and =, which a client must encode in a URL.
    """

    def __init__(self, seed: int, *, escaped: bool = False) -> None:
        self._seed = seed
        self._escaped = escaped
        self._issued = 0
        self._live: dict[str, tuple[str, int]] = {}

    def issue(self, now: int, user: str) -> str:
        """A new token; earlier ones of the user stay valid (gateway.md 2.1)."""
        self._live = {token: row for token, row in self._live.items() if row[1] > now}
        self._issued += 1
        expires = now + LIFETIME
        claims = {"sub": user, "jti": self._issued, "exp": expires // SECOND}
        body = _part(b'{"alg":"HS256","typ":"JWT"}') + "." + _part(msgspec.json.encode(claims))
        digest = hashlib.sha256(f"{self._seed}.{body}".encode()).digest()
        token = f"{body}.{b64encode(HARD + digest).decode() if self._escaped else _part(digest)}"
        self._live[token] = (user, expires)
        return token

    def user(self, now: int, token: str | None) -> str | None:
        """Whose live token this is; None for a missing, unknown, revoked or expired one."""
        user, expires = self._live.get(token or "", ("", 0))
        return user if expires > now else None

    def expire(self) -> int:
        """End every token before its time; how many there were."""
        ended, self._live = len(self._live), {}
        return ended

    def revoke(self, token: str) -> None:
        self._live.pop(token, None)


def bearer(headers: dict[str, str]) -> str | None:
    """The token of an Authorization header; keys are lower case."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None
