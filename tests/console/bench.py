"""A simulator process, and what a tool run against it gave."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

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


def until(done: Callable[[], bool]) -> None:
    """Ask again until it holds, at growing distances: the venue allows 200 requests a minute."""
    end, pause = time.monotonic() + 30, 0.05
    while not done():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(pause)
        pause = min(2 * pause, 1)
