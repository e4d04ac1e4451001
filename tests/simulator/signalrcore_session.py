"""signalrcore, as it comes from its package, through a session on both hubs of the simulator.

    python -m tests.simulator.signalrcore_session REST TOKEN CONTRACT ACCOUNT direct|negotiated

A process of its own, for the engine's gateway changes the library for its whole process. Prints
one JSON object, by hub: what was met, and the first arguments of each target.
"""

import json
import sys
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Any

import requests
from signalrcore.hub_connection_builder import HubConnectionBuilder
from signalrcore.types import HttpTransportType

DEADLINE = 30.0


class Client:
    """A connection whose callbacks put (what, content) into a queue."""

    def __init__(self, rest: str, hub: str, token: str, way: str) -> None:
        self._met: SimpleQueue[tuple[str, Any]] = SimpleQueue()
        url = f"{rest}/hubs/{hub}"
        options: dict[str, Any] = {"access_token_factory": lambda: token}
        if way == "direct":
            url = f"{url.replace('http', 'ws', 1)}?access_token={token}"
            options |= {"skip_negotiation": True, "transport": HttpTransportType.web_sockets}
        self._connection = HubConnectionBuilder().with_url(url, options=options).build()
        self._connection.on_open(lambda: self._met.put(("open", None)))
        self._connection.on_close(lambda: self._met.put(("close", None)))
        self._connection.on_error(lambda message: self._met.put(("error", message.error)))

    def start(self, *targets: str) -> None:
        for target in targets:
            self._connection.on(target, lambda values, of=target: self._met.put((of, values)))
        self._connection.start()
        self.wait("open")

    def invoke(self, method: str, *arguments: object) -> None:
        def done(_: object) -> None:
            self._met.put((method, None))

        self._connection.invoke(method, list(arguments), on_invocation=done)

    def wait(self, what: str) -> Any:
        """The content of the next of these; others before it are dropped."""
        while True:
            name, content = self._met.get(timeout=DEADLINE)
            if name == what:
                return content


def session(
    rest: str,
    hub: str,
    client: Client,
    subscriptions: Sequence[tuple[str, str, object]],
    order: Callable[[], None] | None = None,
) -> dict[str, Any]:
    """Subscribe, place the order if any, call what does not exist, and lose the connection."""
    client.start(*(target for _, target, _ in subscriptions))
    first = {}
    for method, target, argument in subscriptions:
        client.invoke(method, argument)
        client.wait(method)
        if order is None:
            first[target] = client.wait(target)
    if order is not None:
        order()
        first = {target: client.wait(target) for _, target, _ in subscriptions}
    client.invoke("SubscribeNonsense")
    error = client.wait("error")
    # The server ends it: the library's own `stop` waits for the server's next byte.
    requests.post(f"{rest}/sim/faults", json={"name": "drop_hub", "target": hub}, timeout=DEADLINE)
    client.wait("close")
    return {"first": first, "error": error}


def main(rest: str, token: str, contract: str, account: str, way: str) -> None:
    def order() -> None:
        body = {"accountId": int(account), "contractId": contract, "type": 2, "side": 0, "size": 1}
        headers = {"Authorization": f"Bearer {token}"}
        requests.post(f"{rest}/api/Order/place", json=body, headers=headers, timeout=DEADLINE)

    streams = {"Quotes": "Quote", "Trades": "Trade", "MarketDepth": "Depth"}
    entities = {"Orders": "Order", "Positions": "Position"}
    market = [(f"SubscribeContract{k}", f"Gateway{v}", contract) for k, v in streams.items()]
    user = [(f"Subscribe{k}", f"GatewayUser{v}", int(account)) for k, v in entities.items()]
    met = {
        "market": session(rest, "market", Client(rest, "market", token, way), market),
        "user": session(rest, "user", Client(rest, "user", token, way), user, order),
    }
    print(json.dumps(met))


if __name__ == "__main__":
    main(*sys.argv[1:])
