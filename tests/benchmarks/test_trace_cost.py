"""The trace stays as cheap as it was, measured against floors of the same run."""

from pathlib import Path

import pytest

from tests.benchmarks.trace_cost import MB, caller, indexed, repeated

pytestmark = [pytest.mark.slow, pytest.mark.alone]

BUDGET_NS = 1_000
PUTS = 26
"""What a message with one receiver costs its senders, in SimpleQueue.put, when this was written."""
PARSED = 0.14
"""How fast a trace was indexed then, of the speed at which its lines are parsed."""
WORSE = 1.5


def test_a_message_costs_its_senders_no_more_than_the_budget() -> None:
    costs = dict(caller())
    message, floor = costs["a message with one receiver"], costs["floor: SimpleQueue.put"]
    assert message <= BUDGET_NS
    assert message / floor <= PUTS * WORSE


def test_a_trace_is_indexed_nearly_as_fast_as_it_is_read(tmp_path: Path) -> None:
    floor, speed = indexed(repeated(tmp_path, MB))
    assert speed / floor >= PARSED / WORSE
