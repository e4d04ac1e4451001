"""The latch of the circuit breaker."""

from actors.risk.rules.latched import Latched
from messages.decision import Denial


class CircuitBreaker(Latched):
    """While the circuit breaker is open after errors (a latch whose code says circuit)."""

    code = Denial.CIRCUIT_BREAKER
