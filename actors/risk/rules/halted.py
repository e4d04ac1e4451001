"""The latch of a halt."""

from actors.risk.rules.latched import Latched
from messages.decision import Denial


class Halted(Latched):
    """While the engine is halted (a latch whose code says halt): only a person lifts that."""

    code = Denial.HALTED
