"""The engine as a user starts it: a process, its files, and the venue's journal beside them."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import requests

from tests.oracle import Report, Row, judge

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 90.0
"""The longest that any one condition is waited for, on a busy machine too."""
POLL_S = 0.05


def until(what: str, holds: Callable[[], Any], seconds: float = PATIENCE_S) -> Any:
    """The first true answer of `holds`; fails by name after `seconds`."""
    end = monotonic() + seconds
    while not (answer := holds()):
        assert monotonic() < end, f"{what}: not within {seconds:g} s"
        sleep(POLL_S)
    return answer


@dataclass
class Engine:
    """`python supervisor.py` with a logs folder of its own."""

    logs: Path
    process: "subprocess.Popen[str]"

    @classmethod
    def start(cls, logs: Path, *arguments: str, **environment: str) -> "Engine":
        # a terminal's Ctrl-C and the developer's own .env are not part of any test
        kept = {k: v for k, v in os.environ.items() if not k.startswith("TOPSTEPX_")}
        process = subprocess.Popen(
            [sys.executable, "supervisor.py", "--logs", str(logs), *arguments],
            cwd=ROOT,
            env={**kept, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        return cls(logs, process)

    def wait(self, seconds: float = PATIENCE_S) -> "Outcome":
        try:
            out, err = self.process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            out, err = self.process.communicate()
            raise AssertionError(f"the engine did not end within {seconds:g} s:\n{err}") from None
        return Outcome(self.process.returncode, out, err, self.logs)

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def said(self, kind: str) -> list[dict[str, Any]]:
        """Bodies of the messages of a type in the trace so far."""
        return [line["message"] for line in trace(self.logs) if line.get("type") == kind
                and line["kind"] == "message"]  # fmt: skip

    def phase(self) -> str:
        """The newest phase of the one contract."""
        changes = self.said("PhaseChanged")
        return changes[-1]["phase"] if changes else ""


@dataclass(frozen=True)
class Outcome:
    """How a run ended, and what it left."""

    code: int
    out: str
    err: str
    logs: Path

    @property
    def metrics(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(only(self.logs, "metrics_*.json").read_bytes())
        return document

    def trace(self) -> "Trace":
        return Trace(list(trace(self.logs)))

    def journal(self) -> list[Row]:
        with only(self.logs, "venue_*.jsonl").open("rb") as file:
            return [json.loads(line) for line in file]

    def judged(self) -> Report:
        """The oracle on the venue's journal; an entry may be 250 ms on its way past a latch."""
        spans = self.trace().latched(250_000_000)
        return judge(self.journal(), max_contracts=2, latched=spans, metrics=self.metrics)


@dataclass
class Trace:
    """The trace as a whole: its lines, and its messages by id."""

    lines: list[dict[str, Any]]
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.messages = {line["id"]: line for line in self.lines if line["kind"] == "message"}

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [line for line in self.messages.values() if line["type"] == kind]

    def ancestors(self, line: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Every message in the cause chain of one, nearest first."""
        waiting, seen = list(line["causes"]), set()
        while waiting:
            cause = self.messages.get(waiting.pop(0))
            if cause is None or cause["id"] in seen:
                continue
            seen.add(cause["id"])
            yield cause
            waiting += cause["causes"]

    def latched(self, in_flight: int) -> list[tuple[int, int | None]]:
        """Spans (ns) with a latch in force, begun `in_flight` after it was set."""
        codes: set[str] = set()
        spans: list[tuple[int, int | None]] = []
        since = 0
        for line in self.messages.values():
            if line["type"] not in ("Latch", "Unlatch"):
                continue
            before = bool(codes)
            (codes.add if line["type"] == "Latch" else codes.discard)(line["message"]["code"])
            if codes and not before:
                since = line["at"] + in_flight
            elif before and not codes and line["at"] > since:
                spans.append((since, line["at"]))
        return [*spans, (since, None)] if codes else spans


def child(engine: Engine, module: str) -> int:
    """The process of a module (`python -m MODULE`) that an engine has started and that still runs;
    0 if there is none.
    """
    for task in Path(f"/proc/{engine.process.pid}/task").glob("*/children"):
        for number in of_process(task).split():
            if module in of_process(Path(f"/proc/{number}/cmdline")).split("\0"):
                return int(number)
    return 0


def of_process(file: Path) -> str:
    """A file under /proc; nothing once the thread or the process has ended."""
    try:
        return file.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def running(process: int) -> bool:
    """Whether it runs; one that has ended and that nobody has waited for does not."""
    state = of_process(Path(f"/proc/{process}/stat")).rpartition(")")[2].split()
    return state[:1] not in ([], ["Z"])


def only(folder: Path, pattern: str) -> Path:
    """The one file of a name in a folder."""
    (found,) = folder.glob(pattern)
    return found


def trace(logs: Path) -> Iterator[dict[str, Any]]:
    """The trace's whole lines so far; nothing while there is no trace."""
    for path in logs.glob("trace_*.jsonl"):
        with path.open("rb") as file:
            for line in file:
                if line.endswith(b"\n"):
                    yield json.loads(line)


def at(rest: str) -> tuple[str, ...]:
    """Options that lead an engine to a venue whose REST address this is."""
    return (
        "-osimulator.embedded=false",
        f"-oapi.base_url={rest}",
        f"-oapi.ws_url={rest.replace('http', 'ws')}/hubs/market",
    )


@dataclass
class Simulator:
    """`python -m tools.simulator`, standing alone."""

    process: "subprocess.Popen[str]"
    rest: str
    user_hub: str
    market_hub: str

    @property
    def settings(self) -> tuple[str, ...]:
        """Options that lead an engine here."""
        return at(self.rest)


@contextmanager
def simulator(*arguments: str) -> Iterator[Simulator]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tools.simulator", "--with-parent", *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        yield Simulator(process, **json.loads(process.stdout.readline()))
    finally:
        process.kill()
        process.communicate()


def sim_post(base_url: str, path: str, **body: object) -> None:
    """Ask the simulator for a fault or a move of the market."""
    import urllib.request

    request = urllib.request.Request(f"{base_url}{path}", json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200


class Client:
    """A person with a token at the venue's REST."""

    def __init__(self, rest: str) -> None:
        self.token = ""
        self._rest = rest
        self.token = self.post("Auth/loginKey", userName="demo", apiKey="demo")["token"]
        (found,) = self.post("Account/search", onlyActiveAccounts=True)["accounts"]
        self.account: int = found["id"]
        contracts = self.post("Contract/search", searchText="MES", live=False)["contracts"]
        self.contract: str = contracts[0]["id"]

    def post(self, path: str, **body: object) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        url = f"{self._rest}/api/{path}"
        answer = requests.post(url, json=body, headers=headers, timeout=30).json()
        assert answer["success"], answer
        return answer

    def place(self, **order: object) -> None:
        self.post("Order/place", accountId=self.account, contractId=self.contract, size=1, **order)

    def rows(self, path: str, key: str) -> list[Any]:
        found: list[Any] = self.post(path, accountId=self.account)[key]
        return found
