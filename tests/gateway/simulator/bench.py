"""A client and its questions to the simulated venue."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gateway.rest_shell import RestPort
from messages.base import Message
from messages.order import OrderEvent, OrderStatus

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_S = 20.0
"""What comes at all comes within that, on a busy machine too."""


def wait_for(condition: Callable[[], bool]) -> None:
    """Ask at growing distances: each look-up is one of the hundred that the budget has a minute."""
    deadline, pause = time.monotonic() + PATIENCE_S, 0.02
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(pause)
        pause = min(2 * pause, 0.5)


def ask(port: RestPort, request: Message, kind: type[Any]) -> Any:
    (answer,) = port.handle(request)
    assert isinstance(answer, kind), answer
    return answer


def status(event: Message, tag: str | None, wanted: OrderStatus) -> bool:
    if not isinstance(event, OrderEvent):
        return False
    return event.order.tag == tag and event.order.status is wanted
