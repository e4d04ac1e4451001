"""A token that the venue no longer takes, in a session."""

import json

from msgspec.structs import replace

from actors.order.actor import OrderActor
from messages.base import Message
from messages.control import EngineState, StateChanged
from messages.order import Outcome, PlaceOrder, PlaceResult
from supervisor import CHILDREN
from tests.simulation.bench import Bench, broken, settings
from tests.simulation.strategies import EAGER

EXPIRE = json.dumps({"name": "expire_token"}).encode()


def test_an_entry_answered_401_is_proven_unplaced_and_trading_goes_on() -> None:
    entries = 0

    class Unlucky(OrderActor):
        """Whose second entry finds the token expired."""

        def publish(self, message: Message) -> None:
            nonlocal entries
            super().publish(message)
            if isinstance(message, PlaceOrder):
                entries += 1
                if entries == 2:
                    bench.session.control("/sim/faults", EXPIRE)

    children = tuple(replace(c, actor=Unlucky) if c.name == "order" else c for c in CHILDREN)
    bench = Bench(11, 90, settings(*EAGER), children)
    ended, report = bench.run()
    answers = bench.ear.of(PlaceResult)
    assert [(a.outcome, a.code) for a in answers[1:3]] == [
        (Outcome.UNKNOWN, "http_401"),
        (Outcome.ACCEPTED, "success"),
    ]
    assert not broken(report.violations), report.details
    assert not broken(ended.violations)
    states = [change.state for change in bench.ear.of(StateChanged)]
    assert states[-3:] == [EngineState.RUNNING, EngineState.STOPPING, EngineState.FLAT]
