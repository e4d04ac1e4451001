"""A recording from its first record to its files: the hub opened again when it is lost."""

import math
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

import msgspec

from gateway.hub_shell import HubPort
from gateway.session import AuthenticationFailed, VenueUnreachable
from messages.hub import Hub, Loss, OpenHub
from messages.market import Instrument
from tools.console.command import Stopped
from tools.console.desk import Desk
from tools.console.listening import hubs
from tools.record.files import Growing, Written, finished, held
from tools.record.recorder import Gap, Recorder

STEP_S, FLUSH_S = 0.25, 1.0
"""How often is looked whether to go on, and whether to write: a kill loses as much at most."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
"""Between two attempts to open the hub again, doubled each time; the first follows at once."""


class Recorded(msgspec.Struct, frozen=True):
    """What a recording gave, its files by contract; `ended` says why it ended early, if it did."""

    files: dict[str, list[Written]]
    gaps: list[Gap]
    moved: int
    ended: str


def record(
    desk: Desk, contracts: Sequence[Instrument], prefix: Path, seconds: float | None
) -> Recorded:
    """Record for so long, or until Ctrl-C or SIGTERM. Raises Stopped."""
    traded = {contract.id: contract for contract in contracts}
    prefixes = {id_: named(prefix, one, len(traded)) for id_, one in traded.items()}
    with ExitStack() as stack:
        growing: dict[str, Growing] = {}
        for id_, path in prefixes.items():
            stack.enter_context(held(path))
            growing[id_] = Growing(path)
            stack.callback(growing[id_].leave)
        recorder = Recorder(traded, growing)
        with hubs(desk, list(traded.values()), recorder.hear) as port:
            port.handle(OpenHub(Hub.MARKET))
            if recorder.lost is not None:
                raise Stopped(f"connection: market hub: {recorder.lost.reason}: try again", 5)
            ended = _kept_open(desk, port, recorder, seconds)
        recorder.flush()
        for each in growing.values():
            each.close()
        files = {id_: finished(path) for id_, path in prefixes.items()}
    return Recorded(files, recorder.gaps, recorder.moved, recorder.failed or ended)


def named(prefix: Path, contract: Instrument, contracts: int) -> Path:
    """The prefix of one contract's files: with several, its name is behind the common one."""
    return prefix if contracts == 1 else prefix.with_name(f"{prefix.name}_{contract.name}")


def _kept_open(desk: Desk, port: HubPort, recorder: Recorder, seconds: float | None) -> str:
    """Write what comes and open the hub again until the end; why that came early."""
    now = time.monotonic()
    end = math.inf if seconds is None else now + seconds
    flush_at, open_at, pause = now, now, FIRST_PAUSE_S
    with _interrupts() as interrupts:
        while now < end and not (interrupts or recorder.failed):
            time.sleep(min(STEP_S, end - now))
            now = time.monotonic()
            if now >= flush_at:
                recorder.flush()
                flush_at = now + FLUSH_S
            if recorder.lost is None:
                open_at, pause = now, FIRST_PAUSE_S
            elif recorder.lost.loss is Loss.LOGOUT:
                return f"{recorder.lost.reason}: another session of this user took the place"
            elif now >= open_at:
                if problem := _opened_again(desk, port, recorder.lost.loss):
                    return problem
                now = time.monotonic()
                open_at, pause = now + pause, min(2 * pause, LONGEST_PAUSE_S)
    return ""


def _opened_again(desk: Desk, port: HubPort, loss: Loss) -> str:
    """One attempt, by a new token where the old one is refused or old; why no more are of use."""
    token = desk.access.token
    try:
        if loss is Loss.UNAUTHORISED or token is None or desk.now() >= token.renew_at:
            desk.login()
    except AuthenticationFailed as refusal:
        return f"authentication: {refusal}"
    except VenueUnreachable:
        return ""
    port.handle(OpenHub(Hub.MARKET))
    return ""


@contextmanager
def _interrupts() -> Iterator[list[int]]:
    """The requests to end, Ctrl-C and SIGTERM, as they come; nothing is torn from its work."""
    come: list[int] = []

    def note(number: int, _: FrameType | None) -> None:
        come.append(number)

    before = {one: signal.signal(one, note) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield come
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
