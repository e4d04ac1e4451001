"""Whether the engine lives, by when it was last heard."""

TICK_S = 0.25
"""The sentinel looks at least so often."""
ASLEEP_S = 1.0
"""A look that comes so much later than the one before means that the machine slept or was starved,
and the engine with it: its silence is counted anew.
"""


class Vigil:
    """All times in seconds of a clock that never goes back."""

    def __init__(self, now: float, silence_s: float) -> None:
        self._silence = silence_s
        self._heard = self._looked = now

    def heard(self, now: float) -> None:
        self._heard = now

    def look(self, now: float) -> float | None:
        """How long the engine has been silent, once that is too long."""
        if now - self._looked >= ASLEEP_S:
            self._heard = now
        self._looked = now
        silent = now - self._heard
        return silent if silent >= self._silence else None
