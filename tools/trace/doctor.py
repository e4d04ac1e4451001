"""What is wrong with a session, and with its trace: every check in one pass over the lines."""

from pathlib import Path

from filelock import FileLock, Timeout

from actors.session.limits import Limits
from config.schema import Watchdog
from messages.base import Nanos
from messages.control import ActorRestarted, EngineState, StateChanged
from tools.trace.findings import Finding, Findings
from tools.trace.handling import Handling
from tools.trace.hops import Hops
from tools.trace.lines import Sent
from tools.trace.promises import Promises, settings_of
from tools.trace.trace import Trace
from tools.trace.wholeness import Wholeness

ENDED = frozenset({EngineState.FLAT, EngineState.NOT_FLAT, EngineState.OBSERVED})


def examine(trace: Trace, running: bool = False) -> list[Finding]:
    """Everything found, what is wrong first. `running`: the session goes on, so that what is under
    way is no loss. Raises TraceError.
    """
    findings = Findings()
    settings = settings_of(trace.header)
    watchdog = Watchdog() if settings is None else settings.watchdog
    whole = Wholeness(trace, findings, watchdog)
    handling = Handling(trace, findings, watchdog)
    hops = Hops(trace, findings)
    promises = None if settings is None else Promises(trace, findings, Limits.of(settings))
    course = _Course(findings)
    parts = [part for part in (whole, handling, hops, promises) if part is not None]
    for place, line in trace.lines():
        if isinstance(line, Sent):
            for part in parts:
                part.sent(place, line)
            course.sent(line)
        else:
            for part in parts:
                part.done(line)
    ended = course.state in ENDED
    whole.close()
    handling.close(ended)
    hops.close(ended)
    if promises is not None:
        promises.close(ended, running)
    _tell_of_the_trace(trace, findings, promises is not None)
    course.close(running)
    return findings.rows()


def running(path: Path) -> bool:
    """Whether the session of a trace still runs: it holds its folder's lock, and no trace there is
    newer.
    """
    lock = path.parent / ".lock"
    newest = max(path.parent.glob("trace_*.jsonl"), key=lambda one: one.stat().st_mtime, default="")
    if newest != path or not lock.exists():
        return False
    try:
        with FileLock(lock, timeout=0):
            return False
    except Timeout:
        return True
    except OSError:
        return False


class _Course:
    """The session's states and restarts."""

    def __init__(self, findings: Findings) -> None:
        self.state = EngineState.STARTING
        self._findings = findings
        self._at: Nanos = 0

    def sent(self, sent: Sent) -> None:
        self._at = max(sent.at, self._at)
        match sent.type:
            case StateChanged.__name__ if isinstance(change := sent.body, StateChanged):
                self.state = change.state
            case ActorRestarted.__name__ if isinstance(restart := sent.body, ActorRestarted):
                self._findings.note("restart", sent.at, restart.actor, sent.id)
            case _:
                pass

    def close(self, running: bool) -> None:
        if running:
            self._findings.note("running", self._at, f"{self.state}: what is under way may yet end")
        elif self.state not in ENDED:
            words = f"the trace ends in state {self.state}: killed, or copied while it ran"
            self._findings.note("no end", self._at, words)


def _tell_of_the_trace(trace: Trace, findings: Findings, judged: bool) -> None:
    _, last = trace.span()
    if trace.index.torn:
        words = f"the last line is torn: {trace.index.torn} bytes of it were written"
        findings.note("torn", last, words)
    if trace.thinned:
        words = "the oldest segments have lost their market data: no gap, no stale data is judged"
        findings.note("thinned", last, words)
    if not judged:
        words = "the header holds no settings of this version: the promises are not judged"
        findings.note("settings", last, words)
