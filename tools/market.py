"""python -m tools.market: what the bar room would know of a contract, and its bars."""

import time
from collections.abc import Iterator
from decimal import Decimal
from queue import Empty, SimpleQueue
from typing import Annotated

import typer

from actors.bar.history.freshness import freshness
from actors.bar.history.hours import Market as Hours
from actors.bar.history.hours import open_time
from actors.bar.history.series import MOST_BARS, Series
from actors.bar.history.snapshot import Column, snapshot
from actors.bar.splice import Splice
from actors.bar.telling import picture
from config.hours import group, hours
from config.timeframe import Timeframe, parse
from messages.base import MILLISECOND, SECOND, Message, Nanos
from messages.hub import Hub, HubLost, OpenHub
from messages.market import (
    Bar,
    BarsFound,
    Depth,
    Instrument,
    MarketStatus,
    QueryBars,
    Quote,
    Side,
    Tape,
)
from messages.picture import Marked, MarketPicture, Shown
from tools.console.command import Contract, Stopped
from tools.console.desk import Desk
from tools.console.printing import Answer, Row, moment, price
from tools.console.tool import Tool

app = Tool("market", "A contract's market, of a running simulator or with --live the real one.")

PRICES = ("open", "high", "low", "close")
SIDES = {Side.BUY: "buy", Side.SELL: "sell"}


@app.does()
def look(
    desk: Desk,
    seconds: Annotated[float, typer.Option(help="How long to listen.", min=1, max=7200)] = 30,
    contract: Contract = None,
) -> Answer:
    """Book, tape, patterns and how the data does, by the bar room's own code; exit 7 if stale."""
    traded = desk.contract(contract)
    splice = Splice(True, traded.id)
    newest: Bar | None = None
    for message in _heard(desk, traded, seconds):
        for closed in splice.hear(message):
            newest = closed.bar
    found = picture(traded.id, splice, newest, desk.now(), _hours(desk, traded))
    tables = (_streams(found), _figures(traded, found), _levels(traded, found))
    stale = f"{found.data.words}" if found.data.stale else ""
    return Answer(found, (*tables, _marks(traded, found)), found.data.words, stale)


@app.does()
def bars(
    desk: Desk,
    timeframe: Annotated[str, typer.Argument(help="Such as 1s, 5min, 1hr, 1day.")],
    count: Annotated[int, typer.Option(help="How many of the newest.", min=1, max=MOST_BARS)] = 300,
    contract: Contract = None,
) -> Answer:
    """The venue's closed bars: how many, of when, what is in them; exit 7 if they are stale."""
    frame, traded, now = _timed(timeframe), desk.contract(contract), desk.now()
    since = now - count * frame.seconds * SECOND
    desk.instruments.learn(traded)
    question = QueryBars(traded.id, frame.seconds, since, now, count)
    answer, series = desk.ask(question, BarsFound), Series(frame)
    market = _hours(desk, traded)
    try:
        series.found(question, answer)
    except ValueError as error:
        raise Stopped(f"check: {error}", 7) from None
    missing = series.missing(since, now, market)
    kept = snapshot(series.bars, f"{traded.name} {frame}")
    fresh = freshness(series.bars[-1] if series.bars else None, now, market)
    silent = open_time(kept.first, kept.last, market) - kept.present
    head: Row = {
        "bars": kept.description,
        "rows": kept.rows,
        "first": moment(kept.first) if kept.rows else None,
        "last": moment(kept.last) if kept.rows else None,
        "span_h": round(kept.span / SECOND / 3_600, 2),
        "present_h": round(kept.present / SECOND / 3_600, 2),
        "silent_h": round(silent / SECOND / 3_600, 2),
        "unanswered": len(missing),
    }
    age = "none" if fresh.age is None else f"the newest ended {fresh.age / SECOND:,.0f} s ago"
    words = f"{'stale' if fresh.stale else 'fresh'}: {age}"
    rows = [_column(traded, each) for each in kept.columns]
    document = {
        "snapshot": {**kept._asdict(), "columns": rows},
        "missing": [span._asdict() for span in missing],
        "freshness": fresh._asdict(),
    }
    return Answer(document, ((head,), rows), words, words if fresh.stale else "")


def _heard(desk: Desk, traded: Instrument, seconds: float) -> Iterator[Quote | Tape | Depth]:
    """What the market hub says for a while; Stopped where it is lost."""
    from tools.console.listening import hubs  # signalrcore starts slowly

    arrived: SimpleQueue[Message] = SimpleQueue()
    with hubs(desk, (traded,), arrived.put) as port:
        port.handle(OpenHub(Hub.MARKET))
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                message = arrived.get(timeout=left)
            except Empty:
                return
            if isinstance(message, Quote | Tape | Depth):
                yield message
            elif isinstance(message, HubLost):
                raise Stopped(f"check: market hub: {message.reason}", 7)


def _hours(desk: Desk, traded: Instrument) -> Hours:
    """The real market keeps its product's hours; a simulator's is always open."""
    return hours(group(traded.id)).status if desk.venue.live else lambda now: MarketStatus.OPEN


def _timed(text: str) -> Timeframe:
    try:
        frame = parse(text)
        _ = frame.seconds
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    return frame


def _column(traded: Instrument, column: Column) -> Row:
    priced = column.name in PRICES
    unit = float(traded.tick_size) if priced else 1.0
    return {
        "column": column.name,
        "lowest": price(traded, column.lowest) if priced else column.lowest,
        "highest": price(traded, column.highest) if priced else column.highest,
        "mean": round(column.mean * unit, 2),
        "deviation": round(column.deviation * unit, 2),
    }


def _streams(found: MarketPicture) -> list[Row]:
    return [
        {
            "stream": str(one.stream),
            "newest": None if one.stamp is None else moment(one.stamp),
            "silence_ms": _millis(one.silence),
            "lag_ms": _millis(one.lag),
            "stale": one.stale,
        }
        for one in found.data.streams
    ]


def _figures(traded: Instrument, found: MarketPicture) -> list[Row]:
    book, tape = found.book, found.tape
    figures = {
        "imbalance": _rounded(book.imbalance),
        "order flow imbalance": book.order_flow_imbalance,
        "microprice": _average(traded, book.microprice),
        "mean spread, ticks": _rounded(book.spread),
        "bought": tape.buy_volume,
        "sold": tape.sell_volume,
        "prints": tape.prints,
        "momentum": _rounded(tape.momentum),
        "vwap": _average(traded, tape.vwap),
        "session vwap": _average(traded, tape.session_vwap),
        "point of control": price(traded, tape.point_of_control),
        "value area from": price(traded, tape.value_low),
        "value area to": price(traded, tape.value_high),
        "volatility, ticks": _rounded(tape.volatility),
        "late prints": found.data.late_prints,
    }
    return [{"figure": name, "value": value} for name, value in figures.items()]


def _levels(traded: Instrument, found: MarketPicture) -> list[Row]:
    bids, asks = found.book.bids, found.book.asks
    nothing = Shown(0, 0)
    rows: list[Row] = []
    for place in range(max(len(bids), len(asks))):
        bid = bids[place] if place < len(bids) else nothing
        ask = asks[place] if place < len(asks) else nothing
        rows.append(
            {
                "bid_size": bid.size or None,
                "bid": price(traded, bid.price) if bid.size else None,
                "ask": price(traded, ask.price) if ask.size else None,
                "ask_size": ask.size or None,
            }
        )
    return rows


def _marks(traded: Instrument, found: MarketPicture) -> list[Row]:
    kinds: dict[str, tuple[Marked, ...]] = {
        "liquidity": found.liquidity,
        "cluster": found.clusters,
        "support/resistance": found.support_resistance,
        "iceberg": found.icebergs,
        "spoofing": found.spoofing,
    }
    return [
        {
            "pattern": kind,
            "side": SIDES[one.side],
            "from": price(traded, one.low),
            "to": price(traded, one.high),
            "count": one.count,
            "size": one.size,
            "confidence": round(one.confidence, 2),
        }
        for kind, marks in kinds.items()
        for one in marks
    ]


def _average(traded: Instrument, ticks: float | None) -> Decimal | None:
    return None if ticks is None else round(Decimal(traded.tick_size) * Decimal(ticks), 2)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _millis(span: Nanos | None) -> float | None:
    return None if span is None else round(span / MILLISECOND, 1)


if __name__ == "__main__":
    app()
