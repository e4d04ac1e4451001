"""A client and its questions to the simulated venue."""

from pathlib import Path
from typing import Any

from gateway.rest_shell import RestPort
from messages.base import Message
from messages.order import OrderEvent, OrderStatus

ROOT = Path(__file__).resolve().parents[3]


def ask(port: RestPort, request: Message, kind: type[Any]) -> Any:
    (answer,) = port.handle(request)
    assert isinstance(answer, kind), answer
    return answer


def status(event: Message, tag: str | None, wanted: OrderStatus) -> bool:
    if not isinstance(event, OrderEvent):
        return False
    return event.order.tag == tag and event.order.status is wanted
