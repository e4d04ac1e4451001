"""The course of a session: its states, why it ended, its flattens and restarts, what it decided."""

from typing import Any

from actors.runtime.delivery import Published
from actors.session.breaches import Handlers
from actors.session.remember import remember
from messages.base import MILLISECOND, Nanos
from messages.control import EngineState, Flatten, Flattened, SessionStarted, StateChanged
from messages.decision import Denied, NoPrediction, NoSignal
from messages.order import Outcome, PlaceResult, Withheld

_KEPT = 1_000


class Course:
    """`flattens` are rows number, reason, took_ms, ok (None while under way)."""

    def __init__(self) -> None:
        self.state = EngineState.STARTING
        self.refusals: dict[str, int] = {}
        self.outcomes = dict.fromkeys(Outcome, 0)
        self.flattens: dict[int, dict[str, Any]] = {}
        self.began: Nanos = 0
        self.observing = False
        """Whether nothing is sent: what the account holds is then none of the engine's doing."""
        self.withheld = 0
        self._reasons: dict[EngineState, str] = {}

    def handlers(self) -> Handlers:
        return {
            "SessionStarted": self._started,
            "StateChanged": self._state,
            "NoPrediction": self._refusal,
            "NoSignal": self._refusal,
            "Denied": self._refusal,
            "Withheld": self._withhold,
            "PlaceResult": self._result,
            "Flatten": self._flatten,
            "Flattened": self._flattened,
        }

    @property
    def exit_reason(self) -> str:
        """Why the engine stopped: what halted it first, else what asked it to stop."""
        for state in (EngineState.HALTED, EngineState.STOPPING, self.state):
            if state in self._reasons:
                return self._reasons[state]
        return ""

    def _started(self, started: SessionStarted, record: Published) -> None:
        self.observing = started.observing

    def _state(self, change: StateChanged, record: Published) -> None:
        self.state = change.state
        self._reasons.setdefault(change.state, change.reason)

    def _refusal(self, refusal: NoPrediction | NoSignal | Denied, record: Published) -> None:
        code = refusal.code.value
        self.refusals[code] = self.refusals.get(code, 0) + 1

    def _withhold(self, withheld: Withheld, record: Published) -> None:
        self.withheld += 1

    def _result(self, result: PlaceResult, record: Published) -> None:
        self.outcomes[result.outcome] += 1

    def _flatten(self, flatten: Flatten, record: Published) -> None:
        row = {"number": flatten.number, "reason": flatten.reason, "took_ms": None, "ok": None}
        if flatten.number not in self.flattens:
            remember(self.flattens, flatten.number, row, _KEPT)

    def _flattened(self, done: Flattened, record: Published) -> None:
        if (row := self.flattens.get(done.number)) is not None:
            row |= {"took_ms": done.took // MILLISECOND, "ok": True}

    def close(self) -> None:
        """A flatten that has not ended by now has failed."""
        for row in self.flattens.values():
            row["ok"] = bool(row["ok"])
