"""A session that logs everything, loses its venue and ends badly: key and token are nowhere."""

import signal
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.live.bench import Engine, simulator, until
from tests.simulation.strategies import EAGER

pytestmark = [pytest.mark.realtime, pytest.mark.slow]

KEY = "K3y+with/odd=signs-8d1f"
TOKEN_PARTS = ("eyJhbGci", "eyJzdWIi")
"""How header and claims of every token begin (base64 of {"alg... and {"sub...)."""


def test_neither_key_nor_token_is_written_anywhere(tmp_path: Path) -> None:
    logs, journal = tmp_path / "logs", tmp_path / "venue.jsonl"
    login = {"TOPSTEPX_USERNAME": "demo", "TOPSTEPX_API_KEY": KEY}
    with simulator(f"--key={KEY}", f"--journal={journal}") as venue:
        more = ["-ologs.level=DEBUG", "-osupervision.stop_deadline_s=3"]
        eagerly = [f"-o{override}" for override in EAGER]
        engine = Engine.start(logs, *venue.settings, *more, *eagerly, **login)
        try:
            until("a position", lambda: engine.phase() == "protected")
            venue.process.kill()
            until("a failed reconnect", lambda: len(engine.said("HubLost")) > 2)
            engine.send(signal.SIGTERM)
            outcome = engine.wait()
        finally:
            engine.kill()
    assert outcome.code == 6, outcome.err

    said = {
        "standard output": outcome.out.encode(),
        "standard error": outcome.err.encode(),
        **{path.name: path.read_bytes() for path in [journal, *logs.rglob("*")] if path.is_file()},
    }
    assert {"ledger.sqlite", "standard error", "venue.jsonl"} <= set(said)
    assert b"connection" in said["standard error"].lower(), "the libraries' log must be in it"
    for secret in (KEY, quote(KEY, safe=""), *TOKEN_PARTS):
        places = [name for name, content in said.items() if secret.encode() in content]
        assert not places, f"{secret[:8]}... is in {places}"
