"""An engine that starts where something else answers for the venue: one line, and nothing more."""

from pathlib import Path

import pytest

from tests.live.bench import Engine, at
from tests.live.network import Weather, network

pytestmark = [pytest.mark.realtime, pytest.mark.slow]

LOGIN = {"TOPSTEPX_USERNAME": "demo", "TOPSTEPX_API_KEY": "s3cret-key"}


@pytest.mark.parametrize(
    ("weather", "words"),
    [
        (Weather.PORTAL, "a web page in place of an answer"),
        (Weather.ELSEWHERE, "http_302: it leads to another address, which is not followed"),
        (Weather.RESETS, "the venue cannot be reached"),
    ],
    ids=lambda given: given.name if isinstance(given, Weather) else None,
)
def test_no_session_begins(tmp_path: Path, weather: Weather, words: str) -> None:
    with network("http://127.0.0.1:9") as between:  # nothing is behind it
        between.weather = weather
        run = Engine.start(tmp_path, *at(f"http://127.0.0.1:{between.port}"), **LOGIN).wait()
        assert between.strayed == []
    assert (run.code, run.out) == (5, "")
    (line,) = run.err.splitlines()
    assert line.startswith("connection: ")
    assert words in line
    assert "s3cret-key" not in line
