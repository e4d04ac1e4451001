"""What can be done about an alarm."""

from enum import Enum, auto


class Action(Enum):
    NOTE = auto()
    """Log it: another room deals with it."""
    LATCH = auto()
    """No entries until the alarm clears."""
    FLATTEN = auto()
    """No entries and out of every position; entries again when the alarm clears."""
    FLATTEN_ONCE = auto()
    """As FLATTEN, for something that does not clear: entries again once flat and after a pause."""
    HALT = auto()
    """Flatten, and no entries until a person starts the engine anew with a reason (--resume)."""


FLATTENING = frozenset({Action.FLATTEN, Action.FLATTEN_ONCE, Action.HALT})
