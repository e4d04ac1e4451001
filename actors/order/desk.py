"""One contract's desk: entry, bracket, exit. Pure: events and time in, effects out."""

import msgspec

from actors.order import entry as entries
from actors.order.entry import Entry
from actors.order.exit import AGAIN, ANSWER, CLOSE_FLIGHT, FILL, TOLD, Cancel, Do, Exit, decide
from actors.order.pace import Pace
from actors.order.view import View
from actors.runtime.effect import After, Effect
from config.schema import Execution
from messages.base import MILLISECOND, SECOND, Nanos
from messages.control import Alarm, AlarmKind, CoverDue, EntryDue, ExitDue
from messages.decision import Approved, Denial, Denied
from messages.order import (
    CancelOrder,
    CancelResult,
    CloseContract,
    CloseResult,
    Fill,
    Order,
    OrderLate,
    OrdersFound,
    OrderStatus,
    OrderType,
    Outcome,
    Phase,
    PhaseChanged,
    PlaceResult,
    QueryOrders,
)
from messages.position import QueryPositions

LOOK = 300 * MILLISECOND
"""Time between looks at the venue while a position is not covered."""
OVERLAP = 5 * SECOND
"""How far before its sending an order is searched for: the venue's clock need not be ours."""
NO_BUDGET = "no_budget"
"""How a question fails that our own request limit has held back."""
PROOF = 10 * SECOND
"""How long an unanswered entry is searched for before the contract is flattened on the doubt."""


class Rules(msgspec.Struct, frozen=True):
    order_type: OrderType
    slippage_ticks: int
    entry_deadline: Nanos
    bracket_deadline: Nanos

    @classmethod
    def of(cls, execution: Execution) -> "Rules":
        return cls(
            OrderType(execution.order_type),
            execution.slippage_buffer_ticks,
            int(execution.entry_deadline_s * SECOND),
            int(execution.bracket_deadline_s * SECOND),
        )


class Desk:
    def __init__(self, contract: str, rules: Rules, pace: Pace | None = None) -> None:
        self.contract = contract
        self.rules = rules
        self.pace = Pace() if pace is None else pace
        self.view = View(contract)
        self.phase = Phase.UNKNOWN
        self.reason = "starting"
        self.entry: Entry | None = None
        self.exit: Exit | None = None
        self.done: tuple[int, ...] = ()
        """Flattens that this contract's last exit completed."""
        self._uncovered_since: Nanos | None = None
        self._held = False
        """Whether the present entry's position has been seen."""
        self._protected = False
        """Whether its bracket has been seen whole."""
        self._verified = False
        """Whether its prices have been compared with its fill: later ones may be a person's."""

    # Entering

    def approve(self, approved: Approved, tag: str, latched: bool, now: Nanos) -> list[Effect]:
        if not entries.is_entry(approved.kind):
            if not self.view.position and self.phase is Phase.FLAT:
                return [PhaseChanged(self.contract, self.phase, f"nothing to exit: {self.reason}")]
            return self.leave(f"exit: {approved.kind.value}", now)
        if latched:
            return [_denied(approved, Denial.LATCHED)]
        if self.view.position:
            return [_denied(approved, Denial.IN_POSITION)]
        if self.phase is not Phase.FLAT:
            return [_denied(approved, Denial.STALE_ORDERS)]
        request = entries.request(approved, tag, self.rules.order_type, self.rules.slippage_ticks)
        self.entry = Entry(request, now)
        self._held = self._protected = self._verified = False
        reminder = After(self.rules.entry_deadline, EntryDue(self.contract, tag))
        return [self._enter(Phase.ENTERING, f"entry {tag}"), request, reminder]

    def placed(self, result: PlaceResult, now: Nanos) -> list[Effect]:
        entry = self.entry
        if entry is None or entry.request.tag != result.tag:
            return []
        entry.outcome = result.outcome
        if result.outcome is Outcome.ACCEPTED:
            entry.order = result.order
            # The user hub may have lost what became of it: the venue is asked unless it is told.
            return [After(2 * LOOK, EntryDue(self.contract, result.tag))]
        if result.outcome is Outcome.REFUSED:
            said: list[Effect] = []
            if "position brackets" in result.message.lower():
                words = f"the account refuses brackets: {result.message}"
                said.append(Alarm(AlarmKind.POSITION_BRACKETS, self.contract, words))
            return said + self.leave(f"entry refused: {result.code}", now)
        if self.exit is not None:
            return []  # it looks for the entry itself, and is not done before
        unknown = self._enter(Phase.UNKNOWN, f"entry {result.tag} unanswered: {result.code}")
        return [unknown, *self._search(entry)]

    def entry_due(self, due: EntryDue, now: Nanos) -> list[Effect]:
        entry = self.entry
        if entry is None or entry.request.tag != due.tag or self.exit is not None:
            return []
        if self.phase is Phase.PROTECTED:
            return []
        spent = now - entry.sent
        if self.phase is Phase.UNKNOWN and spent >= PROOF:
            words = f"entry {due.tag} neither found nor refused after {PROOF // SECOND} s"
            alarm = Alarm(AlarmKind.UNKNOWN_OUTCOME, self.contract, words)
            return [alarm, *self.leave("unproven entry", now)]
        known = None if entry.order is None else self.view.orders.get(entry.order)
        if known is not None and spent >= self.rules.entry_deadline:
            if known.status.working:
                return self.leave("entry not filled in time", now)
            if known.status is OrderStatus.FILLED and self.view.position == 0:
                return self.leave("entry filled, no position", now, adopting=True)
        return self._search(entry)

    def _search(self, entry: Entry) -> list[Effect]:
        return [
            QueryOrders(entry.sent - OVERLAP, urgent=True),
            QueryPositions(urgent=True),
            After(SECOND, EntryDue(self.contract, entry.request.tag)),
        ]

    # What the venue says

    def order(self, order: Order, at: Nanos, now: Nanos) -> list[Effect]:
        was = self.view.orders.get(order.id)
        if not self.view.hear_order(order, at):
            return [self._late(order, was)]
        return self._settle(now)

    def orders_found(self, found: OrdersFound, now: Nanos) -> list[Effect]:
        late: list[Effect] = [
            self._late(order, self.view.orders.get(order.id))
            for order in self.view.hear_orders(found)
        ]
        if self.exit is not None and found.asked >= self.exit.asked:
            self.exit.orders_read = True
        return late + self._settle(now)

    def position(self, size: int, at: Nanos, now: Nanos) -> list[Effect]:
        if not self.view.hear_position(size, at):
            return []
        if self.exit is not None and at >= self.exit.asked:
            self.exit.position_read = True
        return self._settle(now)

    def fill(self, fill: Fill, now: Nanos) -> list[Effect]:
        """Remember what the entry cost: its bracket is measured from there. A fill may be told
        before the entry's id is known, and after its bracket is.
        """
        entry = self.entry
        if entry is None or entry.order not in (None, fill.order):
            return []
        if fill.id not in {known.id for known in entry.fills}:
            entry.fills += (fill,)
        return self._settle(now)

    def _settle(self, now: Nanos) -> list[Effect]:
        """Draw the conclusions from what is known now."""
        if self.exit is not None:
            return self._step(now)
        self._find_entry()
        if self.view.position is None or self.phase is Phase.UNKNOWN:
            return []
        if not self.view.position:
            return self._settle_flat(now)
        if self.phase is Phase.FLAT:
            return self.leave("unexpected position", now, adopting=True)
        return self._settle_held(now)

    def _find_entry(self) -> None:
        entry = self.entry
        if entry is None:
            return
        if entry.order is None and (found := self.view.by_tag(entry.request.tag)) is not None:
            entry.order = found.id
        if self.phase is Phase.UNKNOWN and entry.order in self.view.orders:
            self.phase = Phase.ENTERING

    def _settle_flat(self, now: Nanos) -> list[Effect]:
        entry = self.entry
        if self._held:
            # The venue cancels the bracket's other leg some 15 ms after the first fills.
            return self.leave("sweep", now, pause=FILL)
        if entry is None or entry.order is None:
            return []
        known = self.view.orders.get(entry.order)
        if known is None or known.status.working or known.status is OrderStatus.FILLED:
            return []  # filled: its position is still to be told
        return self.leave(f"entry {known.status.value}", now)

    def _settle_held(self, now: Nanos) -> list[Effect]:
        self._held = True
        entry = self.entry
        whole = self.view.covered() if self._protected or entry is None else self.view.bracketed()
        if not whole:
            return self._uncovered(now)
        self._uncovered_since = None
        if entry is not None and not self._verified:
            wrong = entries.misplaced(entry, list(self.view.orders.values()))
            if wrong:
                alarm = Alarm(AlarmKind.BRACKET_LOST, self.contract, wrong)
                return [alarm, *self.leave(f"bracket misplaced: {wrong}", now)]
            self._verified = any(fill.order == entry.order for fill in entry.fills)
        self._protected = True
        if self.phase is Phase.PROTECTED:
            return []
        return [self._enter(Phase.PROTECTED, "bracket verified")]

    def _uncovered(self, now: Nanos) -> list[Effect]:
        if self._uncovered_since is not None:
            return []
        self._uncovered_since = now
        return [After(LOOK, CoverDue(self.contract))]

    def cover_due(self, now: Nanos) -> list[Effect]:
        """A position was uncovered a while ago: is it still? A bracket that was once there is given
        one look, a new one until its deadline.
        """
        since = self._uncovered_since
        if since is None or self.exit is not None or not self.view.position:
            return []
        limit = 2 * LOOK if self._protected else self.rules.bracket_deadline
        if now - since >= limit:
            spent = (now - since) // MILLISECOND
            words = f"position {self.view.position:+d} without its bracket for {spent} ms"
            alarm = Alarm(
                AlarmKind.BRACKET_LOST, self.contract, words, spent, limit // MILLISECOND, "ms"
            )
            return [alarm, *self.leave("bracket lost", now)]
        asked = [QueryOrders(urgent=True), QueryPositions(urgent=True)]
        return [*asked, After(LOOK, CoverDue(self.contract))]

    # Leaving

    def leave(
        self,
        reason: str,
        now: Nanos,
        number: int | None = None,
        adopting: bool = False,
        pause: Nanos = 0,
    ) -> list[Effect]:
        """Begin the way out (after a pause), or join the one under way."""
        said: list[Effect] = []
        if self.exit is None:
            if number is None and self._uncovered_since is None:
                pause = max(pause, self.pace.delay(now))
            self.exit = Exit(reason, now, adopting, asked=now + pause)
            said = [self._enter(Phase.EXITING, reason)]
            said += [self._look(pause)] if pause else self._read(now)
        elif not adopting:
            self.exit.adopting = False
        if number is not None and number not in self.exit.numbers:
            if self._pause(self.exit, now) and not said:
                said.append(self._look(FILL))  # what was put off to save requests
            self.exit.numbers += (number,)
            if self.exit.reason != reason:
                self.exit.reason = reason
                said.append(self._enter(Phase.EXITING, reason))
        return said

    def stand_down(self) -> list[Effect]:
        """Another way to flat has taken over: two closes at once would open the other side."""
        self.exit = self.entry = self._uncovered_since = None
        return [self._enter(Phase.UNKNOWN, "the emergency lane has taken over")]

    def exit_due(self, due: ExitDue, now: Nanos) -> list[Effect]:
        if self.exit is None or due.step != self.exit.step:
            return []
        return self._read(now)

    def query_failed(self, code: str, now: Nanos) -> list[Effect]:
        exit = self.exit
        if exit is None:
            return []
        if code == NO_BUDGET and self.view.position and not (exit.adopting or exit.proving):
            # The last requests are kept for cancels and closes: better on old knowledge than never.
            exit.orders_read = exit.position_read = True
            return self._step(now)
        return [self._again(now)]

    def cancelled(self, result: CancelResult, now: Nanos) -> list[Effect]:
        exit = self.exit
        if exit is None or result.order not in exit.awaited:
            return []
        exit.awaited = tuple(order for order in exit.awaited if order != result.order)
        return [] if exit.awaited else self._read(now)

    def closed(self, result: CloseResult, now: Nanos) -> list[Effect]:
        exit = self.exit
        if exit is None or not exit.closing:
            return []
        exit.closing = False
        if result.outcome is Outcome.REFUSED:
            exit.closed_at = None  # it was not sent on: nothing is in flight
            return [self._again(now)]
        if result.outcome is Outcome.UNKNOWN:
            exit.closed_at = now  # it may still be on its way to the venue
        pause = self._pause(exit, now)
        if 2 * pause > CLOSE_FLIGHT:
            pause = max(pause, CLOSE_FLIGHT)  # sooner, another close would have to wait anyway
        return [self._look(max(FILL, pause))]

    def _read(self, now: Nanos) -> list[Effect]:
        exit = self.exit
        assert exit is not None, "only an exit reads"
        exit.asked = now
        exit.orders_read = exit.proving = False
        exit.position_read = self._told(exit, now)
        exit.awaited = ()
        since = self.entry.sent - OVERLAP if self.entry and self._in_doubt(now) else None
        asked: list[Effect] = [QueryOrders(since, urgent=True)]
        if not exit.position_read:
            asked.append(QueryPositions(urgent=True))
        return [*asked, self._look(ANSWER)]

    def _told(self, exit: Exit, now: Nanos) -> bool:
        """Whether the position need not be asked for: it was told flat since the close, which the
        proof will ask about; or the budget is thin and a fresh word tells it, which is enough for a
        close, because a close carries no size.
        """
        heard, closed = self.view.position_heard, exit.closed_at
        since_close = closed is None or heard > closed
        if not self.view.position:
            return closed is not None and since_close
        return since_close and now - heard <= TOLD and self.pace.delay(now) > 0

    def _in_doubt(self, now: Nanos) -> bool:
        """Whether the entry may still come to life although the venue does not show it yet."""
        entry = self.entry
        if entry is None or entry.outcome in (Outcome.ACCEPTED, Outcome.REFUSED):
            return False
        found = self.view.by_tag(entry.request.tag) is not None
        return not found and now - entry.sent < PROOF

    def _step(self, now: Nanos) -> list[Effect]:
        exit = self.exit
        assert exit is not None, "only an exit steps"
        if not (exit.orders_read and exit.position_read):
            return []
        exit.orders_read = exit.position_read = False
        step = decide(self.view, exit, now)
        if isinstance(step, Cancel):
            exit.asked = now
            exit.awaited = step.orders
            for order in step.orders:
                exit.first_cancelled_at.setdefault(order, now)
                exit.cancelled_at[order] = now
            cancels = [CancelOrder(self.contract, order) for order in step.orders]
            return [*cancels, self._look(ANSWER)]
        match step:
            case Do.CLOSE:
                exit.asked = exit.closed_at = now
                exit.closing = True
                return [CloseContract(self.contract), self._look(ANSWER)]
            case Do.WAIT:
                return [self._again(now)]
            case Do.STAY:
                self.exit = self._uncovered_since = None
                self._held = self._protected = True
                return [self._enter(Phase.PROTECTED, f"{exit.reason}: kept, covered")]
            case Do.DONE:
                if self._in_doubt(now):
                    return [self._again(now)]
                return self._done() if exit.proving else self._prove(now)

    def _prove(self, now: Nanos) -> list[Effect]:
        """Orders and position were two answers, and an order may have filled between them: only a
        position read after the orders were gone is the last word.
        """
        exit = self.exit
        assert exit is not None, "only an exit proves"
        exit.asked = now
        exit.orders_read = exit.proving = True
        return [QueryPositions(urgent=True), self._look(ANSWER)]

    def _done(self) -> list[Effect]:
        assert self.exit is not None, "only an exit ends"
        reason, self.done = self.exit.reason, self.exit.numbers
        self.exit = self.entry = self._uncovered_since = None
        self._held = self._protected = False
        return [self._enter(Phase.FLAT, reason)]

    def _again(self, now: Nanos) -> After:
        """Read once more, more and more rarely: each reading costs of the venue's request
        budget.
        """
        assert self.exit is not None, "only an exit waits"
        delay = max(min(AGAIN << self.exit.waits, ANSWER), self._pause(self.exit, now))
        self.exit.waits = min(self.exit.waits + 1, 10)
        return self._look(delay)

    def _pause(self, exit: Exit, now: Nanos) -> Nanos:
        """What thrift asks for between two rounds. A flatten has a deadline and is rare: it does
        not save.
        """
        return 0 if exit.numbers else self.pace.delay(now)

    def _look(self, delay: Nanos) -> After:
        """Read the venue again in a while; an earlier such reminder is thereby stale."""
        assert self.exit is not None, "only an exit looks"
        self.exit.step += 1
        return After(delay, ExitDue(self.contract, self.exit.step))

    def _enter(self, phase: Phase, reason: str) -> PhaseChanged:
        self.phase = phase
        self.reason = reason
        return PhaseChanged(self.contract, phase, reason)

    def _late(self, order: Order, was: Order | None) -> OrderLate:
        before = "" if was is None else f"{was.status.value} {was.filled}"
        return OrderLate(self.contract, order.id, before, f"{order.status.value} {order.filled}")


def _denied(approved: Approved, code: Denial) -> Denied:
    return Denied(approved.contract, approved.bar_end, approved.kind, code, 1, 0, "")
