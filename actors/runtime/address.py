"""Addresses: a name, or a name and a contract. Senders never see the actor behind one, nor its
restarts.
"""

from typing import TypeAlias

Address: TypeAlias = str

HUB = "hub"
BAR = "bar"
MODEL = "model"
SIGNAL = "signal"
RISK = "risk"
ORDER = "order"
POSITION = "position"
WATCHDOG = "watchdog"
SUPERVISOR = "supervisor"

# Ports: what answers there is not an actor but the world outside.
HUBS = "hubs"
GATEWAY = "gateway"
QUERIES = "queries"
LEDGER = "ledger"
PORTS = frozenset({HUBS, GATEWAY, QUERIES, LEDGER})

PER_CONTRACT = frozenset({BAR})
"""Names that stand for one actor per contract; a message finds its own by its `contract` field."""


def address(name: str, contract: str) -> Address:
    return f"{name}[{contract}]"
