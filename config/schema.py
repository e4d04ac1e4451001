"""Every setting, with its kind, its default and one line on what it does, by section of the file.

A setting without a default must be in the file. Money is Decimal US dollars; `_s` is seconds, `_ms`
milliseconds, `_ticks` price ticks of the contract; times of day are New York time.
"""

from datetime import time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator

from config import kinds
from config.kinds import dollars, exact, expected, fault, number, whole
from messages.hub import Hub, Stream

Confidence: TypeAlias = Annotated[float, number("0", "1")]
Switch: TypeAlias = Annotated[bool, kinds.SWITCH]
Clock: TypeAlias = Annotated[time, kinds.CLOCK]
_BALANCE = dollars("-100000000", "100000000")


class Section(BaseModel):
    """Settings that belong together; immutable, and an unknown key is an error."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, protected_namespaces=()
    )


class Api(Section):
    """Where the venue is, and how long to wait for it.

    With the embedded simulator the addresses are placeholders: it chooses its own ports.
    """

    base_url: Annotated[str, kinds.REST_URL]
    """REST address, https (http only on this machine)."""
    ws_url: Annotated[str, kinds.HUB_URL]
    """Market hub address, wss (ws only on this machine)."""
    user_hub_url: Annotated[str, kinds.OPTIONAL_HUB_URL] = Field(default="", validate_default=True)
    """User hub address; left out, it is ws_url with its last part `market` replaced by `user`."""
    account_id: Annotated[int | str | None, kinds.ACCOUNT] = None
    """Account number or name; null takes the first active account that can trade."""
    connect_timeout_s: Annotated[float, number("0.1", "60")] = 3.0
    """Longest wait for a connection."""
    read_timeout_s: Annotated[float, number("0.1", "60")] = 5.0
    """Longest wait for an answer."""
    query_attempts: Annotated[int, whole(1, 20)] = 3
    """Tries of a read before it counts as failed; orders are never sent twice."""
    hubs: Literal["both", "market"] = "both"
    """`market`: no user hub; orders and positions are then polled, and no entry is sent."""
    streams: Annotated[tuple[Stream, ...], kinds.STREAMS] = tuple(Stream)
    """What is subscribed to on the market hub. Without quotes and trades no entry is sent."""

    @property
    def here(self) -> bool:
        """Whether the venue is on this machine, and so no real one."""
        return kinds.is_loopback(urlsplit(self.base_url).hostname or "")

    @property
    def wanted(self) -> tuple[Hub, ...]:
        """The hubs to be opened, in this order."""
        return tuple(Hub) if self.hubs == "both" else (Hub.MARKET,)

    @field_validator("user_hub_url")
    @classmethod
    def _stands_beside_the_market_hub(cls, user_hub: str, info: ValidationInfo) -> str:
        market_hub = info.data.get("ws_url")
        if user_hub or market_hub is None:
            return user_hub
        base, _, last = market_hub.rpartition("/")
        if last != "market":
            raise fault("must be given, because api.ws_url does not end in /market")
        return f"{base}/user"


class Simulator(Section):
    """The simulated venue that the engine can start for itself."""

    embedded: Switch = False
    """Start the simulator and trade there, without any real account."""
    seed: Annotated[int, whole(0, 2**32 - 1)] = 7
    """Seed of the simulated market: the same seed gives the same market."""
    replay: Annotated[Path | None, kinds.OPTIONAL_PATH] = None
    """Recorded data to serve instead: the PREFIX of PREFIX_trades, _quotes and _depth."""


class Trading(Section):
    """What is traded, and when."""

    contract: Annotated[tuple[str, ...], kinds.CONTRACTS]
    """One contract or a list: a symbol (its active contract is looked up) or a full contract id."""
    session_start: Clock
    """No entries before this time of day."""
    session_end: Clock
    """The session's end; a session may run over midnight."""
    flatten_time: Clock
    """From here on no entries, and any position is closed; within the session."""
    flat_margin_min: Annotated[int, whole(0, 60)] = 5
    """With `sessions`: closed so many minutes before the venue wants it, if that is earlier."""
    calendar: Literal["always", "sessions"] = "sessions"
    """`sessions` keeps the times above, holidays and early closes; `always` trades at any hour."""
    strategy: Annotated[str, kinds.STRATEGY] = "model"
    """`model`, or a strategy class of yours as package.module:Class."""
    flatten_on_start: Switch = True
    """Close what an earlier session left open before trading begins."""
    warm_bars: Annotated[int, whole(0, 20_000)] = 300
    """One-second bars read from the venue at the start, so that the model is warm at once."""
    timeframes: Annotated[tuple[str, ...], kinds.TIMEFRAMES] = ()
    """Bars that strategies see beside those of one second, such as [5min, 1hr, 500vol]."""
    picture_s: Annotated[int, whole(0, 3_600)] = 60
    """Seconds between two pictures of the market: for strategies and the trace; 0: none."""

    @field_validator("session_end")
    @classmethod
    def _session_has_a_length(cls, end: time, info: ValidationInfo) -> time:
        if end == info.data.get("session_start"):
            raise fault("must differ from trading.session_start")
        return end

    @field_validator("flatten_time")
    @classmethod
    def _flattens_within_the_session(cls, flatten: time, info: ValidationInfo) -> time:
        start, end = info.data.get("session_start"), info.data.get("session_end")
        if start and end and not 0 < _minutes(start, flatten) <= _minutes(start, end):
            raise expected(f"within the session, after {start:%H:%M} and by {end:%H:%M}")
        return flatten


def _minutes(start: time, end: time) -> int:
    """Minutes from one time of day to the next occurrence of another."""
    return ((end.hour - start.hour) * 60 + end.minute - start.minute) % (24 * 60)


class Model(Section):
    """The trained model and how sure it must be."""

    path: Annotated[Path, kinds.PATH]
    """Weights of the network."""
    config: Annotated[Path, kinds.PATH]
    """Model card: features, scaler, and the hash of the weights."""
    min_confidence: Confidence
    """Least confidence for an entry."""


class Signal(Section):
    """When the model strategy leaves or turns a position, and whether the order flow is to confirm
    the entries of any strategy.
    """

    reverse_confidence: Confidence = 0.75
    """A prediction against the position with more confidence than this reverses it."""
    exit_rule: Literal["opposite", "not_supporting", "never"] = "opposite"
    """Exit on a prediction against the side, on any not for it, or only by stop and target."""
    exit_confidence: Confidence = 0.60
    """Least confidence of the opposite prediction that exits (exit_rule `opposite`)."""
    confirm_flow: Switch = False
    """Refuse entries that the order flow speaks against, by either of the two limits below."""
    opposing_imbalance: Annotated[float, number("0", "1")] = 0.2
    """The book's five best levels may lean this far against an entry, as a share; 1: any way."""
    opposing_momentum: Annotated[float, number("0", "1")] = 0.2
    """Buyers less sellers on the tape may be this far against an entry, as a share; 1: any way."""
    momentum_bars: Annotated[int, whole(1, 600)] = 10
    """One-second bars that opposing_momentum is measured over."""


class Risk(Section):
    """The account's limits, the size of a trade, and where its stop and target lie."""

    preset: Literal["none", "topstep_50k", "topstep_100k", "topstep_150k"] = "none"
    """Limits of a known account, for what is stated neither here nor on the command line."""
    starting_capital: Annotated[Decimal, dollars("1", "100000000")]
    """Dollars that the size of a trade is computed from."""
    max_daily_loss: Annotated[Decimal, dollars("0.01", "100000000")]
    """Dollars lost in one trade date, open positions and fees included, that stop trading."""
    max_trailing_loss: Annotated[Decimal | None, kinds.optional(dollars("0.01", "100000000"))] = (
        None
    )
    """Dollars that equity may fall below the highest end-of-day balance; null: no such limit."""
    starting_balance: Annotated[Decimal | None, kinds.optional(_BALANCE)] = None
    """Balance that the account began with: that floor never rises above it; null: it always may."""
    high_balance: Annotated[Decimal | None, kinds.optional(_BALANCE)] = None
    """Highest end-of-day balance before the engine first traded the account, if any was higher."""
    max_risk_per_trade: Annotated[Decimal, exact("0.0001", "1")]
    """Share of the starting capital that one trade may lose at its stop (0.025 is 2.5 %)."""
    max_consecutive_losses: Annotated[int, whole(1, 1_000)]
    """Losing trades in a row that stop trading."""
    min_balance: Annotated[Decimal, dollars("-100000000", "100000000")] = Decimal(0)
    """No entries unless the account's balance is above this many dollars."""
    max_contracts: Annotated[int, whole(1, 1_000)] = 2
    """Largest position, in contracts, either way."""
    max_micros: Annotated[int | None, kinds.optional(whole(1, 10_000))] = None
    """Largest position over all contracts in micros, a mini counting ten; null: no such limit."""
    max_trades_per_day: Annotated[int, whole(1, 100_000)] = 100
    """Entries in one trade date."""
    cooldown_s: Annotated[float, number("0", "86400")] = 5.0
    """Pause after a losing trade."""
    max_spread_ticks: Annotated[int, whole(1, 1_000)] = 4
    """No entries while bid and ask are further apart than this."""
    price_collar_ticks: Annotated[int, whole(1, 10_000)] = 20
    """No entries at a price further than this from the quote that would fill them."""
    news: Annotated[tuple[str, ...], kinds.BLACKOUTS] = ()
    """No entries in these spans, New York: "08:25-08:35" daily, "2026-12-10T08:25/08:35" once."""
    stop: Literal["atr", "ticks"] = "atr"
    """Stop distance by the average true range, or always `stop_ticks`."""
    stop_ticks: Annotated[int, whole(1, 10_000)] = 12
    """Stop distance with `stop: ticks`."""
    atr_bars: Annotated[int, whole(1, 10_000)] = 60
    """Bars that the average true range is taken over."""
    atr_multiple: Annotated[Decimal, exact("0.01", "1000")] = Decimal("6.0")
    """Stop distance in average true ranges, before the two bounds below."""
    min_stop_ticks: Annotated[int, whole(1, 10_000)] = 8
    """Nearest stop."""
    max_stop_ticks: Annotated[int, whole(1, 10_000)] = 16
    """Farthest stop."""
    reward_risk: Annotated[Decimal, exact("0.1", "100")] = Decimal("1.5")
    """Target distance as a multiple of the stop distance."""
    max_orders_per_minute: Annotated[int, whole(1, 140)] = 20
    """Orders in any 60 seconds; the venue's own limit leaves the engine 140 requests."""
    max_order_errors: Annotated[int, whole(1, 1_000)] = 5
    """Orders refused, rejected or unanswered within the window that stop entries."""
    error_window_s: Annotated[float, number("1", "86400")] = 60.0
    """The window that they are counted in; entries again when one has passed without any."""

    @field_validator("max_daily_loss")
    @classmethod
    def _loses_no_more_than_there_is(cls, loss: Decimal, info: ValidationInfo) -> Decimal:
        capital = info.data.get("starting_capital")
        if capital is not None and loss > capital:
            raise expected(f"at most risk.starting_capital ({capital})")
        return loss

    @field_validator("max_stop_ticks")
    @classmethod
    def _stops_are_in_order(cls, most: int, info: ValidationInfo) -> int:
        least = info.data.get("min_stop_ticks")
        if least is not None and most < least:
            raise expected(f"at least risk.min_stop_ticks ({least})")
        return most


class Execution(Section):
    """How entries are sent and protected."""

    order_type: Literal["market", "limit"]
    """Type of an entry order."""
    slippage_buffer_ticks: Annotated[int, whole(0, 1_000)]
    """Ticks that the price may get worse: how far a limit entry reaches beyond the quote."""
    brackets: Literal["native", "manual"] = "native"
    """Stop and target: `native` by the venue (its Auto OCO must be on), `manual` by the engine."""
    adoption: Literal["protect", "flatten"] = "flatten"
    """A position found without a stop: given one at risk.max_stop_ticks, or closed."""
    entry_deadline_s: Annotated[float, number("0.1", "300")] = 5.0
    """An entry not filled by then is cancelled."""
    bracket_deadline_s: Annotated[float, number("0.1", "60")] = 1.5
    """A filled entry whose stop and target are not seen by then is closed."""


class Watchdog(Section):
    """How long something may be wrong before an alarm."""

    stale_s: Annotated[float, number("0.1", "3600")] = 5.0
    """Silence of the market data that makes it stale; three times that outside its busy hours."""
    unprotected_s: Annotated[float, number("0.1", "60")] = 2.0
    """Longest time a position may be without a working stop before it is closed."""
    progress_s: Annotated[float, number("0.1", "3600")] = 2.0
    """An actor with work queued that finishes nothing for this long counts as hung."""
    patrol_ms: Annotated[int, whole(10, 10_000)] = 100
    """Time between two rounds of the watchdog."""
    reconcile_s: Annotated[float, number("1", "3600")] = 30.0
    """Time between two comparisons of the open position with the venue."""
    hub_silence_s: Annotated[float, number("1", "3600")] = 40.0
    """A hub connection without any frame, pings included, for this long is opened anew."""
    heartbeat_interval_s: Annotated[float, number("0.5", "60")] = 5.0
    """Time between two heartbeats of a hub connection, and between two reports of its health."""
    health_threshold: Annotated[int, whole(0, 100)] = 75
    """A hub whose health score (0 to 100) stays below this is opened anew."""
    latency_threshold_ms: Annotated[int, whole(1, 60_000)] = 1_000
    """Round trip of a heartbeat, or lag of the data, from which on the score falls."""


class Supervision(Section):
    """Restarts of failed actors, and the deadlines of the ways to flat."""

    restarts: Annotated[int, whole(0, 1_000)] = 3
    """Restarts of one actor within the period; one more flattens and stops."""
    restart_period_s: Annotated[float, number("1", "86400")] = 60.0
    """The period that restarts are counted over."""
    flatten_deadline_s: Annotated[float, number("0.1", "300")] = 3.0
    """A way to flat that has not succeeded by then gives place to the next."""
    stop_deadline_s: Annotated[float, number("1", "3600")] = 20.0
    """Longest orderly stop, flatten included."""
    sentinel: Switch = True
    """A process of its own that goes flat when this one dies; without it nobody does."""
    silence_s: Annotated[float, number("1", "60")] = 3.0
    """The supervisor unheard for so long, the sentinel takes over."""
    lease_s: Annotated[float, number("0.5", "30")] = 2.0
    """An answer of the sentinel's allows entries for so long."""

    @field_validator("stop_deadline_s")
    @classmethod
    def _stop_leaves_time_to_flatten(cls, stop: float, info: ValidationInfo) -> float:
        flatten = info.data.get("flatten_deadline_s")
        if flatten is not None and stop < flatten:
            raise expected(f"at least supervision.flatten_deadline_s ({flatten:g})")
        return stop

    @field_validator("lease_s")
    @classmethod
    def _lease_ends_before_the_sentinel_acts(cls, lease: float, info: ValidationInfo) -> float:
        silence = info.data.get("silence_s")
        if silence is not None and lease >= silence:
            raise expected(f"below supervision.silence_s ({silence:g})")
        return lease


class Logs(Section):
    """What a session leaves behind."""

    directory: Annotated[Path, kinds.PATH] = Path("logs")
    """Folder of the log, trades, metrics, trace and ledger."""
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """Least level that is logged: DEBUG adds every prediction."""
    trace_segment_mb: Annotated[int, whole(1, 10_000)] = 64
    """The trace's file is closed and compressed when it has grown to this many megabytes."""
    trace_cap_mb: Annotated[int, whole(1, 1_000_000)] = 4_000
    """Closed and compressed, the trace may take this much; then its oldest market data goes."""


class Credentials(Section):
    """The login, from the environment or .env only; both None with the embedded simulator."""

    username: SecretStr | None = None
    api_key: SecretStr | None = None


class Settings(BaseModel):
    """All settings of a run. `credentials` never appear in a file, a dump or a hash."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    api: Api
    simulator: Simulator
    trading: Trading
    model: Model
    signal: Signal
    risk: Risk
    execution: Execution
    watchdog: Watchdog
    supervision: Supervision
    logs: Logs
    credentials: Credentials = Field(default=Credentials(), exclude=True, repr=False)
