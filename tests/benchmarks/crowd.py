"""Clients of the market hub that only count what they are sent; a process of its own.

    python -m tests.benchmarks.crowd ADDRESS TOKEN CONTRACT CLIENTS SECONDS

Prints a JSON list: for each client the events by target, the WebSocket messages they came in, and
how long (s) the answer to the last unsubscription took, which is how far the server was behind.
"""

import asyncio
import json
import sys
import time

from websockets.asyncio.client import ClientConnection, connect

STREAMS = ("Quotes", "Trades", "MarketDepth")
TARGETS = ("GatewayQuote", "GatewayTrade", "GatewayDepth")
LAST = "last"
"""invocationId of the last unsubscription."""
PATIENCE = 60
PING_EVERY = 10
Counts = dict[str, float]


async def client(address: str, token: str, contract: str, seconds: float) -> Counts:
    url = f"{address.replace('http', 'ws', 1)}/hubs/market?access_token={token}"
    async with connect(url, ping_interval=None, max_size=8 << 20, compression=None) as socket:
        await socket.send('{"protocol":"json","version":1}\x1e')
        counts: Counts = dict.fromkeys(("messages", *TARGETS), 0)
        counting = asyncio.create_task(_count(socket, counts))
        for stream in STREAMS:
            await socket.send(_call(f"SubscribeContract{stream}", contract))
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            await asyncio.sleep(min(left, PING_EVERY))
            await socket.send('{"type":6}\x1e')  # who is silent for 30 s is dropped
        asked = time.monotonic()
        for stream in STREAMS:
            named = {"invocationId": LAST} if stream == STREAMS[-1] else {}
            await socket.send(_call(f"UnsubscribeContract{stream}", contract, **named))
        await asyncio.wait_for(counting, PATIENCE)
        counts["behind"] = time.monotonic() - asked
    return counts


def _call(target: str, contract: str, **named: str) -> str:
    return json.dumps({"type": 1, "target": target, "arguments": [contract]} | named) + "\x1e"


async def _count(socket: ClientConnection, counts: Counts) -> None:
    """Count by text, which costs less than decoding, until the last answer."""
    heads = {name: f'"target":"{name}"' for name in TARGETS}
    last = f'"invocationId":"{LAST}"'
    text = ""
    while last not in text:
        text = str(await socket.recv())
        counts["messages"] += 1
        for name, head in heads.items():
            counts[name] += text.count(head)


async def _all(
    address: str, token: str, contract: str, clients: int, seconds: float
) -> list[Counts]:
    one = (address, token, contract, seconds)
    return await asyncio.gather(*(client(*one) for _ in range(clients)))


if __name__ == "__main__":
    where, bearer, number, many, span = sys.argv[1:]
    print(json.dumps(asyncio.run(_all(where, bearer, number, int(many), float(span)))))
