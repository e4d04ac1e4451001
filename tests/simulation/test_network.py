"""Requests in virtual time travel as those of a live session do: they time out, reads are tried
again, and a port has so many workers.
"""

import json

import pytest

from messages.base import SECOND, Message
from messages.order import (
    CancelOrder,
    CancelResult,
    FillsFound,
    Outcome,
    QueryFailed,
    QueryFills,
)
from tests.simulation.bench import Bench, settings
from tools.simulate.session import CONTRACT, START

LOST = "lose_response_after_accept"
SEARCH, CANCEL = "/api/Trade/search", "/api/Order/cancel"
ASKED_AT = 20


def bench(path: str, *messages: Message, lasts: float = 60.0, override: str = "") -> Bench:
    """A quiet session in which answers to `path` are lost while these are asked, at ASKED_AT."""
    made = Bench(1, 60, settings("model.min_confidence=1", *([override] if override else [])))
    session = made.session

    def ask() -> None:
        body = {"name": LOST, "target": path, "duration": lasts}
        session.control("/sim/faults", json.dumps(body).encode())
        for message in messages:
            session.emit(message)

    session.at(ASKED_AT, ask)
    made.run()
    return made


def answers(made: Bench, kind: type[Message]) -> list[tuple[float, Message]]:
    """(seconds after the question, message)"""
    begin = START + ASKED_AT * SECOND
    said = made.ear.said
    return [((at - begin) / SECOND, m) for at, _, m in said if isinstance(m, kind) and at >= begin]


def requests(made: Bench, path: str) -> int:
    rows = [json.loads(line) for line in made.session.venue.journal.lines(0)]
    begin = START + ASKED_AT * SECOND
    return sum(row["kind"] == "request" and row["path"] == path and row["ns"] >= begin
               for row in rows if row["ns"] < begin + 25 * SECOND)  # fmt: skip


def test_a_read_that_is_never_answered_fails_after_its_tries() -> None:
    made = bench(SEARCH, QueryFills(START))
    ((after, failed), *_) = answers(made, QueryFailed)
    assert isinstance(failed, QueryFailed)
    assert failed.code == "timed_out"
    assert after == pytest.approx(3 * 5 + 0.2 + 0.4)


def test_a_read_is_tried_again_and_answered() -> None:
    made = bench(SEARCH, QueryFills(START), lasts=1.0)
    ((after, _), *_) = answers(made, FillsFound)
    assert 5.2 < after < 5.3


def test_a_mutation_is_sent_once_and_its_outcome_unknown() -> None:
    made = bench(CANCEL, CancelOrder(CONTRACT, 4711))
    ((after, result), *_) = answers(made, CancelResult)
    assert isinstance(result, CancelResult)
    assert (after, result.outcome, result.code) == (5.0, Outcome.UNKNOWN, "timed_out")
    assert requests(made, CANCEL) == 1


def test_more_requests_than_workers_wait_their_turn() -> None:
    made = bench(CANCEL, *(CancelOrder(CONTRACT, number) for number in range(8)))
    times = [after for after, _ in answers(made, CancelResult)]
    assert times == [5.0] * 6 + [10.0] * 2


def test_the_time_out_is_the_settings_own() -> None:
    made = bench(CANCEL, CancelOrder(CONTRACT, 1), override="api.read_timeout_s=2.5")
    assert [after for after, _ in answers(made, CancelResult)] == [2.5]
