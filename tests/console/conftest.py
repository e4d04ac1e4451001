"""A simulator for each module, and the tools run against it as their command lines."""

import json
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.console.bench import ROOT, Ran, Tool, simulator


@pytest.fixture(scope="module")
def venue() -> Iterator[str]:
    with simulator() as address:
        yield address


@pytest.fixture
def tool(venue: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tool:
    """Run a tool at the simulator: tool("account", "list")."""
    monkeypatch.setenv("FAILFLAT_URL", venue)
    monkeypatch.chdir(ROOT)

    def run(name: str, *arguments: str) -> Ran:
        with pytest.raises(SystemExit) as ended:
            import_module(f"tools.{name}").app(list(arguments))
        out, err = capsys.readouterr()
        code = ended.value.code
        assert isinstance(code, int)
        return Ran(code, out, err)

    return run


@pytest.fixture
def live_file(venue: str, tmp_path: Path) -> Path:
    """The file of the real account, with the simulator standing for the real hosts."""
    text = (ROOT / "config" / "live_trading.yaml").read_text(encoding="utf-8")
    text = text.replace("https://api.topstepx.com", venue)
    file = tmp_path / "live.yaml"
    file.write_text(text.replace("wss://rtc.topstepx.com", venue.replace("http", "ws")))
    return file


@pytest.fixture
def sim(venue: str) -> Callable[..., Any]:
    """The simulator's own interface: sim("state"), sim("market", jump=4)."""

    def ask(path: str, **body: object) -> Any:
        data = json.dumps(body).encode() if body else None
        with urlopen(Request(f"{venue}/sim/{path}", data=data), timeout=30) as answer:
            return json.loads(answer.read())

    return ask
