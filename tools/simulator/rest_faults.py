"""Faults of the REST interface, around the endpoints; a target is a path in lower case."""

import msgspec

from tools.simulator.faults import Faults
from tools.simulator.rest import BY_PATH, JSON, Answer, Rest
from tools.simulator.stamps import SECOND

LOST = 3600 * SECOND
"""An answer this late is one no client waits for."""
PENDING = {
    "/api/order/place": 6,
    "/api/order/modify": 4,
    "/api/order/cancel": 4,
    "/api/position/closecontract": 6,
    "/api/position/partialclosecontract": 7,
}
"""Numbers of "still processing, outcome unknown" (gateway.md 3.6 to 3.10)."""


class RestFaults:
    """Answers as `Rest` does, or as a fault has it."""

    def __init__(self, rest: Rest, faults: Faults) -> None:
        self._rest = rest
        self._faults = faults

    def handle(
        self, now: int, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> Answer:
        """`headers` have lower-case keys."""
        key = path.lower()
        if not self._faults.active or key not in BY_PATH:
            return self._rest.handle(now, method, path, headers, body)
        if self._faults.hit(now, "http_429_burst", key, path):
            return self._rest.too_many(SECOND)  # nobody knows when a fault ends
        if self._faults.hit(now, "http_500", key, path):
            return Answer(500, {}, b"")
        return self._bent(now, key, path, self._rest.handle(now, method, path, headers, body))

    def delay(self, now: int, path: str) -> int:
        """By how much, in ns, an answer is late; what it answers has happened already."""
        key = path.lower()
        if not self._faults.active or key not in BY_PATH:
            return 0
        if self._faults.hit(now, "lose_response_after_accept", key, path):
            return LOST
        late = self._faults.hit(now, "delay_response", key, path)
        return round(late.amount * SECOND) if late else 0

    def _bent(self, now: int, key: str, path: str, answer: Answer) -> Answer:
        envelope = answer.envelope
        if not envelope or not envelope.get("success"):
            return answer
        if key in PENDING and self._faults.hit(now, "code_6_pending", key, path):
            changed = envelope | {"success": False, "errorCode": PENDING[key]}
            if "orderId" in changed:
                changed["orderId"] = None
        else:
            lists = {k: None for k, v in envelope.items() if isinstance(v, list)}
            if not lists or not self._faults.hit(now, "null_lists", key, path):
                return answer
            changed = envelope | lists
        return Answer(answer.status, JSON, msgspec.json.encode(changed), changed)
