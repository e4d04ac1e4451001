"""Market hub invocations as text (gateway.md 7.5), built once for all subscribers.

The hot path of the venue: known shapes are written as text directly, prices come from a cache.
"""

from typing import NamedTuple

from tools.simulator.contracts import Contract
from tools.simulator.feed import Feed, Instant
from tools.simulator.market import BUY
from tools.simulator.shapes import Shapes
from tools.simulator.stamps import iso

QUOTES, TRADES, DEPTH = 1, 2, 4
"""Bits of a market subscription."""
TARGETS = {QUOTES: "GatewayQuote", TRADES: "GatewayTrade", DEPTH: "GatewayDepth"}
END = "\x1e"
BIG = 1 << 20
"""Bytes a frame of the big_frames fault exceeds."""


class Frame(NamedTuple):
    """One invocation, its separator included; `volume` sums the sizes of its prints."""

    stream: int
    text: str
    records: int
    volume: int


def grown(frame: Frame) -> Frame:
    """An array frame padded with nulls over BIG; its records stay what they were."""
    tail = f"]]}}{END}"
    nulls = ",null" * ((BIG - len(frame.text)) // 5 + 1)
    return frame._replace(text=frame.text.removesuffix(tail) + nulls + tail)


class _Prices(dict[int, str]):
    """Ticks -> the price as JSON text."""

    def __init__(self, contract: Contract) -> None:
        super().__init__()
        self._contract = contract

    def __missing__(self, ticks: int) -> str:
        text = self[ticks] = repr(self._contract.price(ticks))
        return text


class Frames:
    """Writes the market events of one contract; quotes carry only what changed since the last."""

    def __init__(self, feed: Feed, shapes: Shapes) -> None:
        contract = feed.contract
        self._full = shapes.quotes == "full"
        self._padding = ["null"] if shapes.padding else []
        self._feed = feed
        self._prices = _Prices(contract)
        self._heads = {
            stream: f'{{"type":1,"target":"{target}","arguments":["{contract.id}",'
            for stream, target in TARGETS.items()
        }
        self._print_head = f'{{"symbolId":"{contract.symbol_id}","price":'
        self._print_tail = f',"contractId":"{contract.id}"}}'
        self._quote_head = f'{{"symbol":"{contract.symbol_id}"'
        self._quote_tail = f'","contract":"{contract.id}"}}'
        self._told: dict[str, str] = {}

    def of(self, instant: Instant, wanted: int) -> list[Frame]:
        """The invocations of one instant for the streams in the bit set `wanted`."""
        frames = []
        stamp = iso(instant.at, 7)
        if wanted & DEPTH and (instant.levels or instant.replaced):
            frames.append(self._book(stamp) if instant.replaced else self._levels(instant, stamp))
        if wanted & TRADES and instant.prints:
            frames.append(self._trades(instant, stamp))
        if wanted & QUOTES and (instant.moved or instant.prints):
            frames.append(self._quote(stamp, bool(instant.prints)))
        return frames

    def first(self, stream: int, now: int) -> Frame | None:
        """What a new subscriber is sent first: a full quote, or the whole book."""
        stamp = iso(now, 7)
        if stream == QUOTES:
            self._told = {}
            return self._quote(stamp, True)
        return self._book(stamp) if stream == DEPTH else None

    def _frame(self, stream: int, payload: str, records: int, volume: int = 0) -> Frame:
        return Frame(stream, f"{self._heads[stream]}{payload}]}}{END}", records, volume)

    def _array(self, stream: int, rows: list[str], volume: int = 0) -> Frame:
        payload = f"[{','.join(rows + self._padding)}]"
        return self._frame(stream, payload, len(rows), volume)

    def _trades(self, instant: Instant, stamp: str) -> Frame:
        prices, head, tail = self._prices, self._print_head, self._print_tail
        rows = [
            f'{head}{prices[p.price]},"timestamp":"{stamp}","type":{0 if p.side == BUY else 1},'
            f'"volume":{p.size}{tail}'
            for p in instant.prints
        ]
        volume = sum(p.size for p in instant.prints)
        return self._array(TRADES, rows, volume)

    def _levels(self, instant: Instant, stamp: str) -> Frame:
        """Types 2 and 1 set a bid and an ask, 9 and 10 one that became the best (gateway.md 13)."""
        book, prices, moved = self._feed.book, self._prices, instant.moved
        head = f'{{"timestamp":"{stamp}","type":'
        rows = []
        for level in instant.levels:
            if level.side == BUY:
                kind = 9 if moved and level.price == book.bid else 2
            else:
                kind = 10 if moved and level.price == book.ask else 1
            size = level.size
            rows.append(
                f'{head}{kind},"price":{prices[level.price]},"volume":{size},"currentVolume":{size}}}'
            )
        return self._array(DEPTH, rows)

    def _book(self, stamp: str) -> Frame:
        """The whole book behind a Reset (6); the best of each side comes first, as 9 or 10."""
        head = f'{{"timestamp":"{stamp}","type":'
        rows = [f'{head}6,"price":0.0,"volume":0,"currentVolume":0}}']
        for side, kind, best in ((BUY, 2, 9), (-BUY, 1, 10)):
            for price, size in self._feed.book.levels(side):
                text = self._prices[price]
                rows.append(f'{head}{best},"price":{text},"volume":{size},"currentVolume":{size}}}')
                best = kind
        return self._array(DEPTH, rows)

    def _quote(self, stamp: str, printed: bool) -> Frame:
        told, parts = self._told, [self._quote_head]
        for key, value in self._figures(printed or self._full):
            if self._full or told.get(key) != value:
                told[key] = value
                parts.append(f'"{key}":{value}')
        parts.append(f'"lastUpdated":"{stamp}","timestamp":"{stamp}{self._quote_tail}')
        return self._frame(QUOTES, ",".join(parts), 1)

    def _figures(self, printed: bool) -> list[tuple[str, str]]:
        feed, prices = self._feed, self._prices
        bid, ask, last = feed.book.bid, feed.book.ask, feed.last
        figures = []
        if bid is not None:
            figures.append(("bestBid", prices[bid]))
        if ask is not None:
            figures.append(("bestAsk", prices[ask]))
        if printed and last is not None:
            change = last - feed.open
            figures += [
                ("lastPrice", prices[last]),
                ("change", prices[change]),
                ("changePercent", repr(round(change * 10_000 / feed.open) / 100)),
                ("open", prices[feed.open]),
                ("high", prices[feed.high]),
                ("low", prices[feed.low]),
                ("volume", str(feed.volume)),
            ]
        return figures
