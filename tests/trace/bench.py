"""A session that has been traced, and the venue's own record of it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from tools.trace.doctor import examine
from tools.trace.findings import Finding, Severity
from tools.trace.trace import Trace

ROOT = Path(__file__).resolve().parents[2]


class Session(NamedTuple):
    """`journal` are the rows of the venue's own record."""

    trace: Path
    journal: list[dict[str, Any]]

    def requests(self, path: str) -> list[dict[str, Any]]:
        return [row for row in self.journal if row["kind"] == "request" and row["path"] == path]

    def orders(self) -> dict[int, dict[str, Any]]:
        """The last row of each order."""
        return {row["id"]: row for row in self.journal if row["kind"] == "order"}


def traced(folder: Path, seconds: int, *options: str) -> Session:
    """A virtual session of seed 7."""
    trace, journal = folder / "trace_session.jsonl", folder / "venue.jsonl"
    command = [sys.executable, "-m", "tools.simulate", "--seconds", str(seconds), "--seed", "7"]
    files = ["--trace", str(trace), "--journal", str(journal)]
    subprocess.run(
        [*command, *options, *files], cwd=ROOT, check=True, capture_output=True, timeout=250
    )
    with journal.open(encoding="utf-8") as file:
        return Session(trace, [json.loads(line) for line in file])


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """python -m tools.trace, from a process of its own."""
    command = [sys.executable, "-m", "tools.trace", *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=250, check=False
    )


MESSAGE, DELIVERY = "message", "delivery"
"""Kinds of lines."""

Lines = list[dict[str, Any]]
"""The lines of a trace, its header among them."""


def read(path: Path) -> Lines:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def write(path: Path, lines: Lines) -> Path:
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    return path


def first(lines: Lines, kind: str, type_: str = "", **wanted: object) -> dict[str, Any]:
    """The first line of a kind and type with these fields."""
    return next(
        line
        for line in lines
        if line["kind"] == kind
        and type_ in ("", line.get("type"))
        and all(line[name] == value for name, value in wanted.items())
    )


def without(lines: Lines, *gone: dict[str, Any]) -> Lines:
    return [line for line in lines if line not in gone]


def diagnosed(path: Path, goes_on: bool = False) -> list[Finding]:
    with Trace(path) as trace:
        return examine(trace, goes_on)


def wrong(found: list[Finding]) -> list[tuple[str, str]]:
    return [(one.what, one.words) for one in found if one.severity is Severity.WRONG]


def notes(found: list[Finding]) -> dict[str, str]:
    return {one.what: one.words for one in found if one.severity is Severity.NOTE}
