"""What is asked of a hub: its subscriptions, and the call that serves for its heartbeat."""

from collections.abc import Collection, Mapping, Sequence

import msgspec

from gateway.framing import SEPARATOR
from messages.hub import Hub, Stream


class Invocation(msgspec.Struct, frozen=True):
    """A hub method and its arguments."""

    target: str
    arguments: tuple[str | int, ...] = ()


_METHODS = {
    Stream.QUOTES: "SubscribeContractQuotes",
    Stream.TRADES: "SubscribeContractTrades",
    Stream.DEPTH: "SubscribeContractMarketDepth",
}

HEARTBEATS: Mapping[Hub, Invocation] = {
    Hub.MARKET: Invocation("UnsubscribeContractQuotes", ("CON.F.US.NONE.Z00",)),
    Hub.USER: Invocation("UnsubscribeOrders", (0,)),
}
"""Answered, and of no effect: the end of a subscription that nobody can have
(docs/decisions/0006).
"""


def market_subscriptions(
    contracts: Sequence[str], streams: Collection[Stream] = tuple(Stream)
) -> tuple[Invocation, ...]:
    """gateway.md 7.3."""
    wanted = [method for stream, method in _METHODS.items() if stream in streams]
    return tuple(Invocation(method, (contract,)) for contract in contracts for method in wanted)


def user_subscriptions(account: int) -> tuple[Invocation, ...]:
    """gateway.md 7.2."""
    streams = ("SubscribeOrders", "SubscribePositions", "SubscribeTrades")
    return (
        Invocation("SubscribeAccounts"),
        *(Invocation(stream, (account,)) for stream in streams),
    )


def invocation(identity: str, call: Invocation) -> bytes:
    """The record of a call that asks for a completion. No headers: they would carry the token."""
    body = {
        "type": 1,
        "invocationId": identity,
        "target": call.target,
        "arguments": call.arguments,
    }
    return msgspec.json.encode(body) + SEPARATOR
