"""Access to the venue: credentials, the current token, and the authorised read that renews it on
401.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from enum import IntEnum
from typing import TypeVar

import msgspec

from gateway.codes import LoginCode, LogoutCode, ValidateCode
from gateway.exchange import FailureKind, HttpReply, HttpRequest, Plan
from gateway.limiter import Lane
from gateway.reading import Envelope, ReadFailed, opened, written
from gateway.token import Token, issued
from messages.base import SECOND, Nanos


class _LoginAnswer(Envelope, frozen=True):
    token: str | None = None


class _ValidateAnswer(Envelope, frozen=True, rename="camel"):
    new_token: str | None = None


_LOGIN = msgspec.json.Decoder(_LoginAnswer, strict=False)
_PLAIN = msgspec.json.Decoder(Envelope, strict=False)
_VALIDATE = msgspec.json.Decoder(_ValidateAnswer, strict=False)

E = TypeVar("E", bound=Envelope)


AGAIN: Nanos = 5 * SECOND
"""After a renewal that failed: it costs up to six requests, and every read would make it."""


def _nothing(secret: str) -> None:
    """Tell nobody."""


class Access:
    """The credentials of one user and the token they bought.

    `renewal` is held while a token is being replaced, so that threads renew one at a time (a Lock;
    nothing in virtual time). `learn` is told every secret, so that logs can mask it.
    """

    def __init__(
        self,
        user: str,
        key: str,
        renewal: AbstractContextManager[object] | None = None,
        learn: Callable[[str], None] = _nothing,
    ) -> None:
        self._user = user
        self._key = key
        self._renewal = nullcontext() if renewal is None else renewal
        self._learn = learn
        self.token: Token | None = None
        self._failed: tuple[Nanos, ReadFailed] | None = None
        """When a read has last found no new token, and why."""
        learn(key)

    def request(
        self, path: str, body: Mapping[str, object], lane: Lane, repeatable: bool = False
    ) -> HttpRequest:
        return HttpRequest(path, written(body), lane, repeatable, self.token)

    def login(self) -> Plan[Token]:
        """A token for the key. Raises ReadFailed; its code is the LoginCode's name where the venue
        refused.
        """
        credentials = written({"userName": self._user, "apiKey": self._key})
        reply = yield HttpRequest("/api/Auth/loginKey", credentials, Lane.URGENT, repeatable=True)
        answer = opened(reply, _LOGIN, LoginCode)
        if not answer.token:
            raise ReadFailed("unreadable", "a successful login without a token")
        return self._keep(answer.token, reply.sent)

    def renew(self, stale: Token | None, fresh: bool = False) -> Plan[Token]:
        """A token newer than `stale`: by validate, else by key; `fresh`: by key at once, where the
        session behind the old token has ended. Raises ReadFailed.
        """
        with self._renewal:
            if self.token is not None and self.token is not stale:
                return self.token
            if fresh:
                return (yield from self.login())
            try:
                return (yield from self._validate())
            except ReadFailed:
                return (yield from self.login())

    def read(
        self,
        path: str,
        body: Mapping[str, object],
        lane: Lane,
        decoder: msgspec.json.Decoder[E],
        table: type[IntEnum],
    ) -> Plan[tuple[E, Nanos]]:
        """An authorised read: the answer, and when it was asked. One new token and one repeat on
        401. An urgent read that fails is not tried again here: its asker does so at its own pace,
        which is what keeps the request budget.
        """
        asked = self.token
        repeatable = lane is not Lane.URGENT
        reply = yield self.request(path, body, lane, repeatable)
        if isinstance(reply, HttpReply) and reply.status == 401:
            try:
                yield from self._renewed(asked, reply.sent)
            except ReadFailed as failure:
                if failure.code == FailureKind.NO_BUDGET:
                    raise
                raise ReadFailed("authentication", f"no new token: {failure}") from failure
            reply = yield self.request(path, body, lane, repeatable)
        return opened(reply, decoder, table), reply.sent

    def _renewed(self, stale: Token | None, now: Nanos) -> Plan[Token]:
        """As `renew`, for a read; it is not tried anew right after it has failed."""
        if self._failed is not None and self.token is stale:
            at, failure = self._failed
            if now - at < AGAIN:
                raise failure
        try:
            token = yield from self.renew(stale)
        except ReadFailed as failure:
            if failure.code != FailureKind.NO_BUDGET:
                self._failed = now, failure
            raise
        self._failed = None
        return token

    def logout(self) -> Plan[None]:
        """End the token's session. Raises ReadFailed.

        Whether that ends the user's other sessions as well is not known (gateway.md 2.1), so the
        engine leaves its token to expire.
        """
        reply = yield self.request("/api/Auth/logout", {}, Lane.LOOKUP)
        opened(reply, _PLAIN, LogoutCode)
        self.token = None

    def _validate(self) -> Plan[Token]:
        if self.token is None:
            raise ReadFailed("http_401", "no token yet")
        reply = yield self.request("/api/Auth/validate", {}, Lane.URGENT, repeatable=True)
        answer = opened(reply, _VALIDATE, ValidateCode)
        return self._keep(answer.new_token, reply.sent) if answer.new_token else self.token

    def _keep(self, text: str, now: Nanos) -> Token:
        self._learn(text)
        if not (text.isascii() and text.isprintable()):
            raise ReadFailed("unreadable", "a token that no header can carry")
        self.token = issued(text, now)
        return self.token
