"""The lane to flat that needs no actor and no library: the standard library's HTTP client alone, in
the engine's process and in the sentinel's.

It takes nothing from the engine but an address, an account, the current token and the credentials,
reads the venue, cancels entries and targets, closes what is open, cancels the rest, and reads again
until the venue says flat with nothing working.

It logs in only where the venue answers 401: a login can end the hubs' session (gateway.md 7.7).
"""

import http.client
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from gateway.bounded import LONGEST, BoundedResponse

WORKING = [1, 6, 7, 8]
"""Order statuses that can still fill: open, pending, pending cancellation, suspended (gateway.md
4).
"""
STOPS = (3, 4, 5)
"""Stop limit, stop, trailing stop: they protect until the position is closed."""
MARKET = 2
CLOSE_FLIGHT_S = 1.0
PAUSE_S = 0.1
LONGEST_PAUSE_S = 1.0
"""Rounds follow each other at a growing distance: an attempt of ten seconds costs some 30 requests.
The order room has stood down by then. The engine's limiter counts them without holding them back,
and leaves ten of a minute's 200 alone: enough for two readings, the cancels, the closes and the
reading that proves flat.
"""


_BROKEN = (OSError, http.client.HTTPException, ValueError, LookupError, TypeError, RecursionError)
"""What an answer may provoke that is not the venue's."""


class Unauthorised(Exception):
    """The venue does not take `token` any more. What was asked has not been repeated."""

    def __init__(self, token: str) -> None:
        super().__init__("HTTP 401")
        self.token = token


class Lane:
    """One account at one address. `token` gives the current token, `timeout_s` bounds each call,
    `record` hears of each before it leaves.

    `credentials` (user, key) buy a token of the lane's own when the venue refuses the current one;
    `learn` is told of it, so that logs can mask it. Without them a refused token stays refused.
    """

    def __init__(
        self,
        base_url: str,
        account: int,
        token: Callable[[], str],
        timeout_s: float = 3.0,
        record: Callable[[], None] = lambda: None,
        credentials: tuple[str, str] | None = None,
        learn: Callable[[str], None] = lambda secret: None,
    ) -> None:
        parts = urlsplit(base_url)
        self._https = parts.scheme == "https"
        self._host = parts.netloc
        self._base = parts.path.rstrip("/")
        self._account = account
        self._token = token
        self._timeout = timeout_s
        self._record = record
        self._credentials = credentials
        self._learn = learn
        self._refused = ""
        """The engine's token that the venue took no more."""
        self._bought = ""
        """The lane's own, in use until the engine has another one than that."""
        self._closed: dict[str, float] = {}
        self._stood_down = False
        self.held: bool | None = None
        """Whether the last whole reading of the venue showed anything; None: there was none."""

    def flatten(self, deadline_s: float) -> str:
        """Work until flat; returns "" then, or why not when `deadline_s` seconds have passed."""
        end = time.monotonic() + deadline_s
        why, pause = "no attempt was made", PAUSE_S
        while time.monotonic() < end and not self._stood_down:
            try:
                if self._round():
                    return ""
                why = "positions or orders are still there"
            except Unauthorised as refused:
                why = self._log_in(refused.token)
            except _BROKEN as error:
                why = f"{type(error).__name__}: {error}"
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)
        return why

    def stand_down(self) -> None:
        """No further round, ever: from here on somebody else closes."""
        self._stood_down = True

    def _log_in(self, refused: str) -> str:
        """Have a token for the next round that is not the refused one: what has come of it."""
        if self._current() != refused:
            return "HTTP 401, and the token has been renewed meanwhile"
        if self._credentials is None:
            return "HTTP 401, and no credentials to log in with"
        user, key = self._credentials
        engines = self._token()
        try:
            status, answer = self._post("Auth/loginKey", {"userName": user, "apiKey": key}, "")
        except _BROKEN as error:
            return f"HTTP 401, then login: {type(error).__name__}: {error}"
        token = answer.get("token")
        if status != 200 or not answer.get("success") or not isinstance(token, str) or not token:
            return f"HTTP 401, then login: HTTP {status}, error code {answer.get('errorCode')}"
        self._learn(token)
        self._refused, self._bought = engines, token
        return "HTTP 401, then logged in"

    def _current(self) -> str:
        token = self._token()
        return self._bought if self._bought and token == self._refused else token

    def _round(self) -> bool:
        """One reading and what follows from it; True when the venue says flat with nothing
        working.
        """
        positions = {
            row["contractId"]: row for row in self._list("Position/searchOpen", "positions")
        }
        orders = self._orders()
        self.held = bool(positions or orders)
        if not self.held:
            return True
        for order in orders:
            protects = order["type"] in STOPS and order["contractId"] in positions
            if not protects and order["type"] != MARKET:
                self._call("Order/cancel", orderId=order["id"])
        in_flight = {order["contractId"] for order in orders if order["type"] == MARKET}
        for contract in positions:
            since = time.monotonic() - self._closed.get(contract, -CLOSE_FLIGHT_S)
            if contract not in in_flight and since >= CLOSE_FLIGHT_S:
                self._closed[contract] = time.monotonic()
                self._call("Position/closeContract", contractId=contract)
        return False

    def _orders(self) -> list[dict[str, Any]]:
        """Every working order, suspended ones too where the venue has the newer query."""
        wanted = {"accountId": self._account, "statuses": WORKING}
        status, answer = self._ask("Order/v2/query", {"filter": wanted})
        if status == 200 and answer.get("success") and isinstance(answer.get("orders"), list):
            rows: list[dict[str, Any]] = answer["orders"]
            return rows
        return self._list("Order/searchOpen", "orders")

    def _list(self, path: str, key: str) -> list[dict[str, Any]]:
        answer = self._call(path)
        rows = answer.get(key)
        if not answer.get("success") or not isinstance(rows, list):
            raise ValueError(f"{path}: the venue stated no {key}")
        return rows

    def _call(self, path: str, **body: object) -> dict[str, Any]:
        status, answer = self._ask(path, {"accountId": self._account, **body})
        if status != 200:
            raise ValueError(f"{path}: HTTP {status}")
        return answer

    def _ask(self, path: str, body: dict[str, object]) -> tuple[int, dict[str, Any]]:
        """Raises Unauthorised, on which the round begins again from its first reading: a close that
        was answered so is not sent again before the venue has been read.
        """
        token = self._current()
        status, answer = self._post(path, body, token)
        if status == http.client.UNAUTHORIZED:
            raise Unauthorised(token)
        return status, answer

    def _post(self, path: str, body: dict[str, object], token: str) -> tuple[int, dict[str, Any]]:
        kind = http.client.HTTPSConnection if self._https else http.client.HTTPConnection
        connection = kind(self._host, timeout=self._timeout)
        connection.response_class = BoundedResponse
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self._record()
        try:
            url = f"{self._base}/api/{path}"
            connection.request("POST", url, json.dumps(body).encode(), headers)
            response = connection.getresponse()
            data = response.read(LONGEST)
        finally:
            connection.close()
        try:
            answer = json.loads(data) if data else {}
        except ValueError:
            answer = {}
        return response.status, answer if isinstance(answer, dict) else {}
