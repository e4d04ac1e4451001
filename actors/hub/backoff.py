"""How long to wait before the next attempt to connect."""

from random import Random

from messages.base import MILLISECOND, SECOND, Nanos

FIRST = 250 * MILLISECOND
MOST = 15 * SECOND


def backoff(failures: int, rng: Random) -> Nanos:
    """After `failures` failed attempts in a row (0: the connection was lost just now): doubling
    from FIRST to MOST, between half and the whole of it, so that many clients do not come back at
    one instant.
    """
    whole = min(MOST, FIRST << min(failures, 10))
    return whole // 2 + rng.randrange(whole // 2 + 1)
