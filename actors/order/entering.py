"""The way in: one entry order, found where its answer is lost, withdrawn where it does not fill.
Pure.
"""

import math

import msgspec
from msgspec.structs import replace

from actors.order import entry as entries
from actors.order.bracket import Bracket
from actors.order.cover import LOOK
from actors.order.entry import Entry
from actors.order.inheritance import OVERLAP
from actors.order.leaving import WayOut
from actors.order.standing import PROOF, Standing
from actors.order.tags import Tags
from actors.runtime.effect import After, Effect
from config.calendar import trade_date_start
from config.schema import Execution, Risk
from messages.base import SECOND, Nanos, Ticks
from messages.control import Alarm, AlarmKind, EntryDue
from messages.decision import Approved, Denial, Denied
from messages.market import Bar
from messages.order import (
    CancelOrder,
    OrderStatus,
    OrderType,
    Outcome,
    Phase,
    PlaceOrder,
    PlaceResult,
    QueryFills,
    QueryOrders,
)
from messages.position import QueryPositions


class Rules(msgspec.Struct, frozen=True):
    order_type: OrderType
    slippage_ticks: int
    entry_deadline: Nanos
    bracket_deadline: Nanos
    manual: bool = False
    """Whether stop and target are orders of ours instead of the venue's."""
    adopted: tuple[Ticks, Ticks] | None = None
    """Stop and target distance for a position found without cover; None: it is closed."""

    @classmethod
    def of(cls, execution: Execution, risk: Risk) -> "Rules":
        farthest = risk.max_stop_ticks
        adopted = farthest, math.ceil(farthest * risk.reward_risk)
        return cls(
            OrderType(execution.order_type),
            execution.slippage_buffer_ticks,
            int(execution.entry_deadline_s * SECOND),
            int(execution.bracket_deadline_s * SECOND),
            execution.brackets == "manual",
            adopted if execution.adoption == "protect" else None,
        )


class Entering:
    def __init__(self, standing: Standing, way_out: WayOut, rules: Rules, tags: Tags) -> None:
        self._standing = standing
        self._view = standing.view
        self._way_out = way_out
        self._rules = rules
        self._bar: Bar | None = None
        self._tags = tags

    def approve(self, approved: Approved, tag: str, latched: bool, now: Nanos) -> list[Effect]:
        standing = self._standing
        if latched:
            return [_denied(approved, Denial.LATCHED)]
        if self._view.position:
            return [_denied(approved, Denial.IN_POSITION)]
        if standing.phase is not Phase.FLAT:
            return [_denied(approved, Denial.STALE_ORDERS)]
        rules = self._rules
        priced = replace(approved, price=entries.touch(self._bar, approved))
        request = entries.request(priced, tag, rules.order_type, rules.slippage_ticks)
        return self._send(request, approved.bar_end, f"entry {tag}", now)

    def _send(self, request: PlaceOrder, bar_end: Nanos, words: str, now: Nanos) -> list[Effect]:
        standing, tag = self._standing, request.tag
        said: list[Effect] = [standing.enter(Phase.ENTERING, words)]
        due = EntryDue(standing.contract, tag)
        bracket = None
        if self._rules.manual:
            stop, target = request.stop_bracket, request.target_bracket
            bracket = Bracket(standing.contract, tag, stop, target)
            # Nothing covers it yet: were its answer lost, two seconds would soon be over.
            said.append(After(2 * LOOK, due))
        standing.begin(Entry(request, now, bar_end=bar_end), bracket)
        sent = replace(request, stop_bracket=None, target_bracket=None) if bracket else request
        return [*said, sent, After(self._rules.entry_deadline, due)]

    def closed(self, bar: Bar) -> None:
        """A bar brings the quote that the next entry is decided on."""
        self._bar = bar

    def placed(self, result: PlaceResult, latched: bool, now: Nanos) -> list[Effect]:
        standing, entry = self._standing, self._standing.entry
        if entry is None or entry.request.tag != result.tag:
            return []
        entry.outcome = result.outcome
        if result.outcome is Outcome.ACCEPTED:
            entry.order = result.order
            # The user hub may have lost what became of it: the venue is asked unless it is told.
            return [After(2 * LOOK, EntryDue(standing.contract, result.tag))]
        if result.outcome is Outcome.REFUSED:
            return self._refused(entry, result, latched, now)
        if self._way_out.exit is not None:
            return []  # it looks for the entry itself, and is not done before
        words = f"entry {result.tag} unanswered: {result.code}"
        return [standing.enter(Phase.UNKNOWN, words), *self._search(entry, now)]

    def _refused(
        self, entry: Entry, result: PlaceResult, latched: bool, now: Nanos
    ) -> list[Effect]:
        """A refused entry is not sent again. One that was too large for the account gives place to
        another of half its size, an intent of its own, until there is nothing left to halve.
        """
        said: list[Effect] = []
        if "position brackets" in result.message.lower():
            words = f"the account refuses brackets: {result.message}"
            said.append(Alarm(AlarmKind.POSITION_BRACKETS, self._standing.contract, words))
        elif result.code == entries.INSUFFICIENT and self._way_out.exit is None:
            size = entry.request.size
            if size == 1:
                said.append(_too_large(entry))
            elif not latched:
                tag = self._tags.next(now)
                smaller = replace(entry.request, tag=tag, size=size // 2)
                words = f"entry {tag}: {size // 2} after {result.code} for {size}"
                return self._send(smaller, entry.bar_end, words, now)
        return said + self._way_out.leave(f"entry refused: {result.code}", now)

    def due(self, due: EntryDue, now: Nanos) -> list[Effect]:
        standing, entry = self._standing, self._standing.entry
        if entry is None or entry.request.tag != due.tag or self._way_out.exit is not None:
            return []
        spent = now - entry.sent
        known = self._view.orders.get(entry.order or 0)
        working = known is not None and known.status.working
        if working and spent >= self._rules.entry_deadline and self._view.position:
            # What is filled stays, covered at its size: only the rest is withdrawn.
            assert known is not None, "it works"
            return [CancelOrder(standing.contract, known.id), *self._search(entry, now)]
        if standing.phase is Phase.PROTECTED:
            return []
        if known is None and self._come_and_gone(entry):
            return self._way_out.leave("entry filled and closed, by its trades", now)
        if known is None and spent >= PROOF:
            words = f"entry {due.tag} neither found nor refused after {PROOF // SECOND} s"
            alarm = Alarm(AlarmKind.UNKNOWN_OUTCOME, standing.contract, words)
            return [alarm, *self._way_out.leave("unproven entry", now)]
        if known is not None and spent >= self._rules.entry_deadline:
            if working:
                return self._way_out.leave("entry not filled in time", now)
            if known.status is OrderStatus.FILLED and self._view.position == 0:
                return self._way_out.leave("entry filled, no position", now, adopting=True)
        return [] if now < entry.look else self._search(entry, now)

    def _come_and_gone(self, entry: Entry) -> bool:
        """Whether the trades since an entry of which no order is shown tell it from its fill to its
        end.
        """
        entered = any(fill.side is entry.request.side for fill in entry.fills)
        left = sum(fill.side * fill.size for fill in entry.fills)
        return entered and not left and self._view.position == 0

    def find(self) -> None:
        """Know the entry by its tag in what the venue has told, and that it has happened by a
        position or a fill: from then on its cover is looked to, not its answer.
        """
        standing, entry = self._standing, self._standing.entry
        if entry is None:
            return
        if entry.order is None and (found := self._view.by_tag(entry.request.tag)) is not None:
            entry.order = found.id
        shown = entry.order in self._view.orders or self._view.position
        filled = any(fill.side is entry.request.side for fill in entry.fills)
        if standing.phase is Phase.UNKNOWN and (shown or filled):
            standing.phase = Phase.ENTERING

    def settle_flat(self, now: Nanos) -> list[Effect]:
        """Conclude from what is known of an entry without a position."""
        entry = self._standing.entry
        if entry is None or entry.order is None:
            return []
        known = self._view.orders.get(entry.order)
        if known is None or known.status.working or known.status is OrderStatus.FILLED:
            return []  # filled: its position is still to be told
        if known.status is OrderStatus.REJECTED and entry.outcome is None:
            return []  # why is told by the answer, which may come after the order's own event
        return self._way_out.leave(f"entry {known.status.value}", now)

    def _search(self, entry: Entry, now: Nanos) -> list[Effect]:
        entry.look = now + SECOND
        return [
            QueryOrders(entry.sent - OVERLAP, urgent=True),
            QueryPositions(urgent=True),
            QueryFills(trade_date_start(now)),
            After(SECOND, EntryDue(self._standing.contract, entry.request.tag)),
        ]


def _denied(approved: Approved, code: Denial) -> Denied:
    return Denied(approved.contract, approved.bar_end, approved.kind, code, 1, 0, "")


def _too_large(entry: Entry) -> Denied:
    """No size is left that the account can pay for."""
    request = entry.request
    kind, code = entries.kind(request.side), Denial.SIZE_ZERO
    return Denied(request.contract, entry.bar_end, kind, code, request.size, 0, "contracts")
