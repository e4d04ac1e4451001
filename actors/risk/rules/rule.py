"""What a rule is: a code, and the question whether it is broken."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from actors.risk.account import AccountState
from actors.risk.words import Unit
from messages.base import Money, Nanos, Ticks
from messages.decision import Denial
from messages.market import Side


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it would be sent. `price` is what the signal saw, `risk` what its stop costs,
    `affordable` the contracts that the risk per trade pays for, `one` the stop of one contract,
    `allowed` the risk per trade.
    """

    contract: str
    bar_end: Nanos
    side: Side
    price: Ticks
    size: int
    stop: Ticks
    target: Ticks
    risk: Money
    affordable: int
    one: Money
    allowed: Money


@dataclass(frozen=True, slots=True)
class Breach:
    """A broken rule, in the rule's unit: what it measured, its limit, and what the entry would
    need of it (0: it does not matter). `detail` adds what numbers cannot say.
    """

    used: int
    limit: int
    needs: int = 0
    detail: str = ""


class Rule(ABC):
    """One reason to refuse an entry. The docstring of each rule is its row in docs/denials.md."""

    code: ClassVar[Denial]
    unit: ClassVar[Unit]
    setting: ClassVar[str] = ""
    """The settings that it is governed by."""

    @abstractmethod
    def breach(self, account: AccountState, entry: Entry | None, now: Nanos) -> Breach | None:
        """How the rule is broken, None if it is kept. Without an entry it answers for the account
        as a whole: may anything be entered now?
        """
