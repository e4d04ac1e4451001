"""Who hears what: the methods of both hubs (gateway.md 7.2, 7.3) and their audiences."""

from collections.abc import Callable, Mapping
from typing import Any

from tools.simulator.frames import DEPTH, QUOTES, TARGETS, TRADES
from tools.simulator.hub import Connection, HubError
from tools.simulator.journal import Journal

ACCOUNTS = "GatewayUserAccount"
USER_METHODS = {
    "Accounts": ACCOUNTS,
    "Orders": "GatewayUserOrder",
    "Positions": "GatewayUserPosition",
    "Trades": "GatewayUserTrade",
}
MARKET_METHODS = {
    "ContractQuotes": QUOTES,
    "ContractTrades": TRADES,
    "ContractMarketDepth": DEPTH,
}
MISSING = "Method does not exist."
First = Callable[[int, Connection, str, int], None]
"""Called with (now, connection, contract, stream) after a market subscription."""


class Subscriptions:
    """Subscribes and unsubscribes; subscribing again changes nothing but repeats the first push."""

    def __init__(
        self,
        accounts: Mapping[int, object],
        known: Callable[[str], bool],
        journal: Journal,
        first: First,
    ) -> None:
        self._accounts = accounts
        self._known = known
        self._journal = journal
        self._first = first
        self.market: dict[str, dict[int, int]] = {}
        """Contract -> connection -> bit set of streams."""
        self.user: dict[tuple[str, str], dict[int, None]] = {}
        """(target, account) -> connections; the account is empty for account events."""

    def invoke(self, now: int, connection: Connection, target: str, arguments: list[Any]) -> None:
        """Run one hub method; raises HubError."""
        on = target.startswith("Subscribe")
        name = target.removeprefix("Subscribe" if on else "Unsubscribe")
        if name == target:
            raise HubError(MISSING)
        if connection.hub == "user" and name in USER_METHODS:
            self._user(now, connection, USER_METHODS[name], arguments, on)
        elif connection.hub == "market" and name in MARKET_METHODS:
            self._market(now, connection, MARKET_METHODS[name], arguments, on)
        else:
            raise HubError(MISSING)

    def left(self, now: int, connection: Connection) -> None:
        """Subscriptions die with their connection (gateway.md 7.6)."""
        for listeners in self.user.values():
            listeners.pop(connection.number, None)
        for audience in self.market.values():
            audience.pop(connection.number, None)

    def _user(
        self, now: int, connection: Connection, target: str, arguments: list[Any], on: bool
    ) -> None:
        wanted = 0 if target == ACCOUNTS else 1
        if len(arguments) != wanted:
            raise HubError(f"Invocation provides {len(arguments)} argument(s) of {wanted}.")
        key = ""
        if wanted:
            if type(arguments[0]) is not int or arguments[0] not in self._accounts:
                raise HubError("Account not found.")
            key = str(arguments[0])
        audience = self.user.setdefault((target, key), {})
        if on:
            audience[connection.number] = None
        else:
            audience.pop(connection.number, None)
        self._note(now, connection, target, key, on)

    def _market(
        self, now: int, connection: Connection, stream: int, arguments: list[Any], on: bool
    ) -> None:
        if len(arguments) != 1:
            raise HubError(f"Invocation provides {len(arguments)} argument(s) of 1.")
        contract = arguments[0]
        if not isinstance(contract, str) or not self._known(contract):
            raise HubError("Contract not found.")
        audience = self.market.setdefault(contract, {})
        streams = audience.get(connection.number, 0)
        audience[connection.number] = streams | stream if on else streams & ~stream
        if not audience[connection.number]:
            del audience[connection.number]
        self._note(now, connection, TARGETS[stream], contract, on)
        if on:
            self._first(now, connection, contract, stream)

    def _note(self, now: int, connection: Connection, target: str, key: str, on: bool) -> None:
        self._journal.add(
            {
                "ns": now,
                "kind": "subscribe" if on else "unsubscribe",
                "connection": connection.number,
                "target": target,
                "key": key,
            }
        )
