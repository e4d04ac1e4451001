"""What is planted in a session's records, and what is found broken in it."""

from collections.abc import Callable

from actors.runtime.runtime import Accounts
from actors.session.breaches import INVARIANTS
from actors.session.invariants import Invariants
from tests.session.story import LIMITS, Story, started

Plant = Callable[[Story], None]


class Check:
    """Invariants as a sink."""

    def __init__(self) -> None:
        self.invariants = Invariants(LIMITS)
        self.record = self.invariants.record

    def flush(self) -> None: ...

    def close(self) -> None: ...


def found(*plants: Plant, accounts: Accounts | None = None) -> dict[str, int]:
    """What is broken in a session made of these, without what is not broken."""
    check = Check()
    story = Story(check)
    started(story)
    for plant in plants:
        plant(story)
    check.invariants.close(accounts)
    assert set(check.invariants.violations()) == set(INVARIANTS)
    return {name: count for name, count in check.invariants.violations().items() if count}
