"""The rules, one a file, and the order in which they speak."""

from actors.risk.rules.cannot_trade import CannotTrade
from actors.risk.rules.circuit_breaker import CircuitBreaker
from actors.risk.rules.consecutive_losses import ConsecutiveLosses
from actors.risk.rules.cooldown import Cooldown
from actors.risk.rules.daily_loss import DailyLoss
from actors.risk.rules.flatten_time import FlattenTime
from actors.risk.rules.halted import Halted
from actors.risk.rules.hub_down import HubDown
from actors.risk.rules.in_position import InPosition
from actors.risk.rules.latched import Latched
from actors.risk.rules.lease import Lease
from actors.risk.rules.market_not_open import MarketNotOpen
from actors.risk.rules.max_contracts import MaxContracts
from actors.risk.rules.max_micros import MaxMicros
from actors.risk.rules.min_balance import MinBalance
from actors.risk.rules.news import News
from actors.risk.rules.order_rate import OrderRate
from actors.risk.rules.price_collar import PriceCollar
from actors.risk.rules.rule import Rule
from actors.risk.rules.session import Session
from actors.risk.rules.size_zero import SizeZero
from actors.risk.rules.spread import Spread
from actors.risk.rules.stale_data import StaleData
from actors.risk.rules.stale_orders import StaleOrders
from actors.risk.rules.starting import Starting
from actors.risk.rules.trades_per_day import TradesPerDay
from actors.risk.rules.trailing_loss import TrailingLoss
from actors.risk.sizing import money
from config.blackouts import blackout
from config.calendar import calendar
from config.schema import Risk, Trading
from messages.base import SECOND, Nanos

RULES: tuple[type[Rule], ...] = (
    Starting,
    Halted,
    CannotTrade,
    DailyLoss,
    TrailingLoss,
    MinBalance,
    ConsecutiveLosses,
    TradesPerDay,
    FlattenTime,
    Session,
    News,
    Lease,
    HubDown,
    MarketNotOpen,
    CircuitBreaker,
    Latched,
    Cooldown,
    InPosition,
    StaleOrders,
    StaleData,
    Spread,
    PriceCollar,
    SizeZero,
    MaxContracts,
    MaxMicros,
    OrderRate,
)
"""Every rule. Of several broken ones the first speaks: a limit before the latch that follows from
it, the account before the trade.
"""


def rules(risk: Risk, trading: Trading, lease: Nanos | None) -> tuple[Rule, ...]:
    """Every rule with its limit from the settings, in the order of RULES; `lease` is how long the
    sentinel's answer allows entries (ns; None: there is no sentinel).
    """
    hours = calendar(trading)
    return (
        Starting(),
        Halted(),
        CannotTrade(),
        DailyLoss(money(risk.max_daily_loss)),
        TrailingLoss(),
        MinBalance(money(risk.min_balance)),
        ConsecutiveLosses(risk.max_consecutive_losses),
        TradesPerDay(risk.max_trades_per_day),
        FlattenTime(hours),
        Session(hours),
        News([span for text in risk.news if (span := blackout(text))], hours.minute),
        Lease(lease),
        HubDown(),
        MarketNotOpen(),
        CircuitBreaker(),
        Latched(),
        Cooldown(round(risk.cooldown_s * SECOND)),
        InPosition(),
        StaleOrders(),
        StaleData(),
        Spread(risk.max_spread_ticks),
        PriceCollar(risk.price_collar_ticks),
        SizeZero(),
        MaxContracts(risk.max_contracts),
        MaxMicros(risk.max_micros),
        OrderRate(risk.max_orders_per_minute),
    )
