"""Wire core of the REST interface: (method, path, headers, body) -> (status, headers, body)."""

from typing import Any, NamedTuple

import msgspec

from tools.simulator import bodies
from tools.simulator.decoding import decode, untyped
from tools.simulator.desk import BadQuery, Caller, Desk, Envelope, failed
from tools.simulator.endpoints import ENDPOINTS, Endpoint
from tools.simulator.exchange import Refused
from tools.simulator.limits import OTHERS, Limits
from tools.simulator.shapes import Shapes
from tools.simulator.stamps import SECOND
from tools.simulator.tokens import bearer

PING = "/api/status/ping"
BY_PATH = {path.lower(): endpoint for path, endpoint in ENDPOINTS.items()}
"""Paths are matched without case, as ASP.NET does."""
JSON = {"content-type": "application/json; charset=utf-8"}
PROBLEM = {"content-type": "application/problem+json; charset=utf-8"}
MASK = "***"
LONGEST_NOTED = 100_000
"""Bytes of a body that the journal keeps."""
MASKED = ("apiKey", "password", "verifyKey")


class Answer(NamedTuple):
    """What goes back; `envelope` is what the body says, None where it is no envelope."""

    status: int
    headers: dict[str, str]
    body: bytes
    envelope: Envelope | None = None


def masked(body: bytes) -> Any:
    """The request body for the journal, its secrets masked; None where it is not JSON, or longer
    than anything that is asked for.
    """
    if len(body) > LONGEST_NOTED:
        return None
    try:
        content = untyped(body) if body else {}
    except msgspec.DecodeError:
        return None
    if isinstance(content, dict):
        content.update((key, MASK) for key in MASKED if key in content)
    return content


def problem(field: str, text: str) -> Answer:
    """400 with ProblemDetails (RFC 7807), as ASP.NET answers a body that does not bind."""
    errors = {field: [text]}
    if field.startswith("$"):  # a value that does not convert leaves no request object at all
        errors["request"] = ["The request field is required."]
    content = {
        "type": "https://tools.ietf.org/html/rfc9110#section-15.5.1",
        "title": "One or more validation errors occurred.",
        "status": 400,
        "errors": errors,
    }
    return Answer(400, PROBLEM, msgspec.json.encode(content))


class Rest:
    """Authentication, rate windows, binding and dispatch; the answers are the endpoints'."""

    def __init__(self, desk: Desk, shapes: Shapes) -> None:
        self._desk = desk
        self._limits = Limits(fixed=shapes.windows == "fixed")
        self._retry_after = shapes.retry_after

    def handle(
        self, now: int, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> Answer:
        """`headers` have lower-case keys."""
        if path.lower() == PING:
            return self._ping(method, headers)
        endpoint = BY_PATH.get(path.lower())
        if endpoint is None:
            return Answer(404, {}, b"")
        if method != "POST":
            return Answer(405, {"allow": "POST"}, b"")
        token = bearer(headers) or ""
        user = self._desk.tokens.user(now, token)
        if user is None and not endpoint.open:
            return Answer(401, {"www-authenticate": "Bearer"}, b"")
        counted = user is not None and not endpoint.open  # a login counts by its user name
        if counted and (wait := self._limits.wait(now, user or "", endpoint.window)):
            return self.too_many(wait)
        return self._bind(endpoint, Caller(now, user or "", token), body)

    def too_many(self, wait: int) -> Answer:
        """429 with an empty body; `wait` ns until it is worth another try."""
        after = {"retry-after": str(-(-wait // SECOND))} if self._retry_after else {}
        return Answer(429, after, b"")

    def _bind(self, endpoint: Endpoint, caller: Caller, body: bytes) -> Answer:
        try:
            if not body and endpoint.body is bodies.Empty:
                request = bodies.Body()
            else:
                request = decode(body, endpoint.body)
        except msgspec.ValidationError as error:
            return problem(*_blame(str(error)))
        except msgspec.DecodeError as error:
            return problem("$", str(error))
        if isinstance(request, bodies.LoginKey):
            user = request.user_name.lower()
            if wait := self._limits.wait(caller.now, user, OTHERS):
                return self.too_many(wait)
        return self._call(endpoint, caller, request)

    def _call(self, endpoint: Endpoint, caller: Caller, request: bodies.Body) -> Answer:
        try:
            envelope = endpoint.handler(self._desk, caller, request)
        except BadQuery as error:
            return problem(*error.args)
        except Refused as refused:
            payload = {endpoint.payload: endpoint.empty} if endpoint.payload else {}
            if endpoint.payload == "orderId":
                payload["orderId"] = refused.order
            envelope = failed(endpoint.codes[refused.why], refused.message, **payload)
        return Answer(200, JSON, msgspec.json.encode(envelope), envelope)

    @staticmethod
    def _ping(method: str, headers: dict[str, str]) -> Answer:
        """Bare for text/plain, quoted for application/json (gateway.md 13)."""
        if method != "GET":
            return Answer(405, {"allow": "GET"}, b"")
        before, named, _ = headers.get("accept", "").partition("application/json")
        if named and "text/plain" not in before:
            return Answer(200, JSON, b'"pong"')
        return Answer(200, {"content-type": "text/plain; charset=utf-8"}, b"pong")


def _blame(error: str) -> tuple[str, str]:
    """The field and text of a ProblemDetails for a body that does not bind."""
    if "missing required field" in error:
        field = error.split("`")[1]
        name = field[:1].upper() + field[1:]
        return name, f"The {name} field is required."
    _, _, where = error.partition(" - at `")
    return where.rstrip("`") or "$", f"The JSON value could not be converted. {error}"
