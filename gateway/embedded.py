"""The embedded simulated gateway: a process of its own, in a session of its own."""

import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Timer
from typing import TextIO

import msgspec

from config.schema import Settings
from messages.base import SECOND, Nanos

ROOT = Path(__file__).resolve().parents[1]
USER = KEY = "demo"
"""The simulator's login; no real credentials ever go near it."""
START_S = 30.0


class EmbeddedFailed(Exception):
    """The simulator did not come up; the text is for the user."""


class NotServed(ValueError):
    """The simulator cannot serve what the settings ask for; the text names the setting."""


SETTINGS = {"--contract": "trading.contract", "replay": "simulator.replay"}
"""What the simulator complains about, by the setting that it comes from."""


class Addresses(msgspec.Struct, frozen=True):
    rest: str
    user_hub: str
    market_hub: str

    def settings(self) -> dict[str, str]:
        """As keys of the section `api`."""
        return {
            "base_url": self.rest,
            "ws_url": self.market_hub,
            "user_hub_url": self.user_hub,
        }


class Embedded:
    """A running simulator. It ends with `close`, or when this process is gone (its standard input
    ends).
    """

    def __init__(self, process: "subprocess.Popen[str]", addresses: Addresses) -> None:
        self.addresses = addresses
        self._process = process

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        with self._process as process:  # closes both pipes, and waits
            process.terminate()
            try:
                process.wait(5.0)
            except subprocess.TimeoutExpired:
                process.kill()


def options(settings: Settings, epoch: Nanos | None, wall: Nanos, journal: Path) -> list[str]:
    """The simulator's command line for a run. With an epoch, `wall` is the wall time at which both
    processes' clocks stand there.
    """
    chosen = ["--port", "0", "--seed", str(settings.simulator.seed)]
    chosen += ["--journal", str(journal.absolute())]
    if settings.simulator.replay is not None:
        chosen += ["--replay", str(settings.simulator.replay.absolute())]
    if epoch is not None:
        start = datetime.fromtimestamp(epoch / SECOND, UTC).isoformat()
        chosen += ["--epoch", start, "--epoch-at", str(wall)]
    for contract in settings.trading.contract:
        chosen += ["--contract", contract]
    return chosen


def start(options: Sequence[str], errors: TextIO) -> Embedded:
    """Start `python -m tools.simulator` with `options` and wait until it serves; what it logs goes
    to `errors`.

    Its own session keeps a terminal's Ctrl-C from ending the venue before the engine is flat.
    Raises EmbeddedFailed and NotServed.
    """
    command = [sys.executable, "-m", "tools.simulator", "--with-parent", *options]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        start_new_session=True,
    )
    alarm = Timer(START_S, process.kill)
    alarm.start()
    try:
        line = process.stdout.readline() if process.stdout is not None else ""
    finally:
        alarm.cancel()
    try:
        ready = json.loads(line)
        return Embedded(process, msgspec.convert(ready, Addresses))
    except (ValueError, msgspec.ValidationError):
        with process:
            process.kill()
        raise _failure(Path(errors.name)) from None


def _failure(log: Path) -> EmbeddedFailed | NotServed:
    """Why a simulator has not started, by the last line that it logged."""
    last = log.read_text(encoding="utf-8").splitlines()[-1:]
    words = last[0] if last else "it has said nothing"
    subject, _, complaint = words.removeprefix("simulator: ").partition(": ")
    if subject in SETTINGS:
        return NotServed(f"{SETTINGS[subject]}: {complaint}")
    return EmbeddedFailed(f"the simulator did not start: {words} ({log})")
