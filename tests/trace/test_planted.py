"""The doctor finds each planted defect, and nothing in a session that is healthy."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.trace.bench import (
    DELIVERY,
    MESSAGE,
    Lines,
    Session,
    diagnosed,
    first,
    without,
    write,
    wrong,
)
from tests.trace.planted import PLANTED, PLANTS, no_end, signal
from tools.trace.findings import TOLD, Severity


def test_a_healthy_session_has_nothing_wrong(session: Session, short: Session) -> None:
    assert diagnosed(short.trace) == []
    assert wrong(diagnosed(session.trace)) == [], "flattens for lost brackets are no fault"


@pytest.mark.parametrize(("plant", "what", "words"), PLANTED, ids=PLANTS)
def test_a_planted_defect_is_found(
    whole: Lines,
    tmp_path: Path,
    plant: Callable[[Lines], Lines],
    what: str,
    words: str,
) -> None:
    fresh: Lines = json.loads(json.dumps(whole))
    found = wrong(diagnosed(write(tmp_path / "trace_planted.jsonl", plant(fresh))))
    assert any(kind == what and words in said for kind, said in found), found


def test_a_prediction_may_reach_the_signal_room_before_its_bar(
    whole: Lines, tmp_path: Path
) -> None:
    """Threads: then the signal names the bar as its cause, and no prediction."""
    fresh: Lines = json.loads(json.dumps(whole))
    entered = signal(fresh)
    prediction = first(fresh, MESSAGE, id=entered["causes"][0])
    closed = first(fresh, MESSAGE, id=prediction["causes"][0])
    heard = [
        first(fresh, DELIVERY, id=told["id"], receiver="signal") for told in (prediction, closed)
    ]
    entered["causes"] = [closed["id"]]
    rest = without(fresh, *heard)
    place = rest.index(entered)
    early = [*rest[:place], heard[0], entered, heard[1], *rest[place + 1 :]]
    assert diagnosed(write(tmp_path / "trace_early.jsonl", early)) == []


def test_what_is_found_is_told_with_the_message_to_look_at(whole: Lines, tmp_path: Path) -> None:
    fresh: Lines = json.loads(json.dumps(whole))
    gone = first(fresh, DELIVERY, "Prediction")
    (one,) = diagnosed(write(tmp_path / "trace_planted.jsonl", no_end(fresh)))
    assert (one.severity, one.what, one.at, one.id) == (
        *(Severity.WRONG, "unaccounted"),
        *(gone["sent"], gone["id"]),
    )


def test_too_many_to_tell_are_counted(whole: Lines, tmp_path: Path) -> None:
    quotes = [line for line in whole if line["kind"] == DELIVERY and line["type"] == "Quote"][:70]
    found = diagnosed(write(tmp_path / "trace_planted.jsonl", without(whole, *quotes)))
    assert len(found) == TOLD + 1
    assert [one.words for one in found if one.words.startswith("and ")] == ["and 50 more"]
