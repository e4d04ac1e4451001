"""A simulator process, and the tools run against it as their command lines."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import Request, urlopen

import pytest

ROOT = Path(__file__).resolve().parents[2]


class Ran(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.code == 0, self
        return json.loads(self.out)


Tool = Callable[..., Ran]


@contextmanager
def simulator(*options: str) -> Iterator[str]:
    """The address of a simulator of its own; it ends with its standard input."""
    command = [sys.executable, "-m", "tools.simulator", "--port", "0", "--with-parent"]
    with subprocess.Popen(
        [*command, "--seed", "7", *options],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["rest"]
        process.terminate()


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
def sim(venue: str) -> Callable[..., Any]:
    """The simulator's own interface: sim("state"), sim("market", jump=4)."""

    def ask(path: str, **body: object) -> Any:
        data = json.dumps(body).encode() if body else None
        with urlopen(Request(f"{venue}/sim/{path}", data=data), timeout=5) as answer:
            return json.loads(answer.read())

    return ask


def until(done: Callable[[], bool], seconds: float = 5.0) -> None:
    """Ask again until it holds."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it did not come about"
