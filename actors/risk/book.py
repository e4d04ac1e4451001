"""The judgement: a signal and the account's state give a verdict; a change of state gives news."""

from collections.abc import Sequence
from datetime import date

from actors.risk.account import AccountState, Stake
from actors.risk.lots import micros
from actors.risk.rules import rules
from actors.risk.rules.rule import Breach, Entry, Rule
from actors.risk.sizing import allowed_risk, contracts, money, stop_cost
from actors.risk.stops import stop_ticks, target_ticks
from actors.risk.words import Unit, amount, reason
from config.calendar import calendar, trade_date
from config.schema import Risk, Trading
from messages.base import MILLISECOND, Message, Money, Nanos
from messages.control import Alarm, AlarmCleared, AlarmKind
from messages.decision import Approved, Denial, Denied, Permission, Signal, SignalKind
from messages.market import Instrument, Side

ENTRIES = {SignalKind.LONG_ENTRY: Side.BUY, SignalKind.SHORT_ENTRY: Side.SELL}

ACCOUNT = "account"
"""Subject of the alarms about the account as a whole."""

_MONEY = Unit.MONEY


class Book:
    """The rules over one account's state. Only entries can be denied: whatever leads out of a
    position is approved, and a reversal is approved as its exit (its entry is a signal of its own
    once the account is flat).
    """

    def __init__(
        self,
        account: AccountState,
        risk: Risk,
        trading: Trading,
        doubted: bool = False,
        lease: Nanos | None = None,
    ) -> None:
        self.account = account
        self.rules: Sequence[Rule] = rules(risk, trading, lease)
        self._risk = risk
        self._loss_limit: Money = money(risk.max_daily_loss)
        self._published: Permission | None = None
        self._calendar = calendar(trading)
        self._today: date | None = None
        self._trailed: date | None = None
        self._alarmed: set[AlarmKind] = set()
        # Who follows another does not remember what that one told: it tells its first readings
        # either way.
        self._locked_out: bool | None = None if doubted else False
        self._ended: bool | None = None if doubted else False

    def judge(self, signal: Signal, now: Nanos) -> Approved | Denied:
        """The verdict. An approved entry counts as a position from here on (AccountState)."""
        if signal.kind not in ENTRIES:
            self.account.approved(now)
            return self._approve(signal, None)
        entry = self._entry(signal, now)
        broken = self.broken(entry, now)
        if broken:
            rule, breach = broken[0]
            return _deny(signal, rule, breach)
        self.account.approved(now)
        stake = Stake(entry.size, entry.risk, now)
        self.account.holdings[signal.contract].stake = stake
        return self._approve(signal, entry)

    def broken(self, entry: Entry | None, now: Nanos) -> list[tuple[Rule, Breach]]:
        """Every broken rule, in the order in which they speak; without an entry, those that forbid
        any.
        """
        return [
            (rule, breach)
            for rule in self.rules
            if (breach := rule.breach(self.account, entry, now)) is not None
        ]

    def permission(self, now: Nanos) -> Permission:
        broken = self.broken(None, now)
        if not broken:
            return Permission(True, None)
        rule, breach = broken[0]
        words = reason(rule.code, breach.used, breach.limit, rule.unit)
        detail = f" ({breach.detail})" if breach.detail else ""
        return Permission(False, rule.code, words + detail)

    def repeat(self) -> None:
        """Somebody has lost what was published: the next news tells it again."""
        self._published = None

    def news(self, now: Nanos) -> list[Message]:
        """What has changed since it was last asked for: the permission (its code, not its figures),
        and the alarms about the account.
        """
        alarms = self._lock() + self._errors(now) + self._hours(now) + self._new_day(now)
        permission = self.permission(now)
        told, self._published = self._published, permission
        changed = told is None or (told.allowed, told.code) != (permission.allowed, permission.code)
        news: list[Message] = [permission] if changed else []
        return news + alarms

    def watch(self) -> list[Message]:
        """The alarms of the event that breaches the daily or the trailing loss: each once for as
        long as a position is held. To be asked after a mark or a change of position, when realised
        and open profit belong together; the day's figures alone may hold what a mark still shows as
        open.
        """
        if self.account.flat():
            self._alarmed.clear()
            return []
        breached = [
            (kind, denial, used, limit)
            for kind, denial, used, limit in self._losses()
            if used >= limit and kind not in self._alarmed
        ]
        self._alarmed.update(kind for kind, *_ in breached)
        return [
            Alarm(kind, ACCOUNT, reason(denial, used, limit, _MONEY), used, limit, _MONEY.value)
            for kind, denial, used, limit in breached
        ]

    def _losses(self) -> list[tuple[AlarmKind, Denial, Money, Money]]:
        """The losses that end a position, each with its limit."""
        account = self.account
        losses = [(AlarmKind.DAILY_LOSS, Denial.DAILY_LOSS, account.loss(), self._loss_limit)]
        trail, equity = account.trail, account.equity()
        if trail is not None and trail.known and equity is not None:
            used = trail.used(equity)
            losses.append((AlarmKind.TRAILING_LOSS, Denial.TRAILING_LOSS, used, trail.amount))
        return losses

    def _lock(self) -> list[Message]:
        account = self.account.account
        if account is None or self._locked_out is (locked_out := not account.can_trade):
            return []
        self._locked_out = locked_out
        words = f"the venue has locked account {account.name}: canTrade is false"
        return [_alarm(AlarmKind.LOCKED_OUT, locked_out, words)]

    def _errors(self, now: Nanos) -> list[Message]:
        breaker = self.account.breaker
        if not breaker.turned(now):
            return []
        count, span = breaker.count(now), amount(breaker.window // MILLISECOND, Unit.MILLISECONDS)
        words = f"{count} orders failed within {span}"
        return [_alarm(AlarmKind.CIRCUIT_BREAKER, breaker.open, words)]

    def _hours(self, now: Nanos) -> list[Message]:
        """Positions are closed from the flatten time on, and not held outside the session."""
        ended = self._calendar.flattening(now) is not None or self._calendar.closed(now) is not None
        if ended is self._ended:
            return []
        self._ended = ended
        minute = amount(self._calendar.minute(now), Unit.CLOCK)
        return [_alarm(AlarmKind.SESSION_END, ended, f"no positions from {minute} New York on")]

    def _new_day(self, now: Nanos) -> list[Message]:
        """A breach of the daily loss ends with its trade date, not with the position. Said once a
        trade date, alarm or none: a restarted room does not remember whether there was one.
        """
        today = trade_date(now)
        if self._today is None:
            self._today = today
        self._end_day(today)
        if today == self._today or self.account.loss() >= self._loss_limit:
            return []
        self._today = today
        return [AlarmCleared(AlarmKind.DAILY_LOSS, ACCOUNT)]

    def _end_day(self, today: date) -> None:
        """The balance with which a trade date has ended may raise the trailing floor."""
        account, trail = self.account.account, self.account.trail
        if trail is not None and account is not None and today != self._trailed:
            if self._trailed is not None:
                trail.ended(account.balance)
            self._trailed = today

    def _entry(self, signal: Signal, now: Nanos) -> Entry:
        holding = self.account.holdings[signal.contract]
        stop = stop_ticks(holding.ranges, self._risk)
        one = stop_cost(stop, holding.instrument.tick_value)
        allowed = allowed_risk(self._risk.starting_capital, self._risk.max_risk_per_trade)
        affordable = contracts(allowed, one)
        size = min(affordable, self._room(holding.instrument, now))
        return Entry(
            signal.contract,
            signal.bar_end,
            ENTRIES[signal.kind],
            signal.price,
            size,
            stop,
            target_ticks(stop, self._risk.reward_risk),
            size * one,
            affordable,
            one,
            allowed,
        )

    def _room(self, instrument: Instrument, now: Nanos) -> int:
        """Contracts that may still be added under both caps of the position."""
        room = self._risk.max_contracts - self.account.committed(now)
        if (cap := self._risk.max_micros) is not None:
            room = min(room, (cap - self.account.micros(now)) // micros(instrument))
        return max(0, room)

    def _approve(self, signal: Signal, entry: Entry | None) -> Approved:
        size, stop, target, risk = (
            (entry.size, entry.stop, entry.target, entry.risk) if entry else (0, 0, 0, 0)
        )
        return Approved(
            signal.contract,
            signal.bar_end,
            signal.kind,
            signal.price,
            size,
            stop,
            target,
            risk,
            self.account.loss(),
            self._loss_limit,
        )


def _alarm(kind: AlarmKind, on: bool, words: str) -> Message:
    return Alarm(kind, ACCOUNT, words) if on else AlarmCleared(kind, ACCOUNT)


def _deny(signal: Signal, rule: Rule, breach: Breach) -> Denied:
    return Denied(
        signal.contract,
        signal.bar_end,
        signal.kind,
        rule.code,
        breach.used,
        breach.limit,
        rule.unit.value,
        breach.needs,
    )
