"""Measures the generated market and how far its order flow predicts it; docs/market.md quotes it.

    python -m tests.simulator.measure_market

A softmax regression on the 1-second bars of some seeds is judged on others: accuracy against
baselines, calibration, and how long one waits for a call of confidence 0.65.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.simulator.generator import Generator
from tools.simulator.market import BUY, SELL, Level, Print, Snapshot

Floats = NDArray[np.float64]
SECOND = 1_000_000_000
HORIZON = 10
WARM = 30
CALL = 0.65
TRAIN = range(1_000, 1_016)
GAP_SEEDS = range(20)
UNSEEN = range(2_000, 2_005)


class Bars(NamedTuple):
    """One row a second: mid (ticks), bought and sold volume, top-5 sizes, events."""

    mid: Floats
    bought: Floats
    sold: Floats
    bids: Floats
    asks: Floats
    events: Floats


def bars(seed: int, seconds: int) -> Bars:
    source = Generator(seed)
    source.start(0)
    sides: dict[int, dict[int, int]] = {}
    rows = []
    for second in range(1, seconds + 1):
        traded = {BUY: 0, SELL: 0}
        events = source.take(second * SECOND - 1)
        for event in events:
            match event:
                case Print(size=size, side=side):
                    traded[side] += size
                case Level(side=side, price=price, size=size):
                    sides[side][price] = size
                case Snapshot(bids=bids, asks=asks):
                    sides = {BUY: dict(bids), SELL: dict(asks)}
        sides = {side: {p: s for p, s in rest.items() if s} for side, rest in sides.items()}
        best = sorted(sides[BUY], reverse=True)[:5], sorted(sides[SELL])[:5]
        top = [sum(sides[s][p] for p in prices) for s, prices in zip(sides, best, strict=True)]
        mid = (best[0][0] + best[1][0]) / 2
        rows.append((mid, traded[BUY], traded[SELL], *top, len(events)))
    return Bars(*np.array(rows, dtype=np.float64).T)


def features(b: Bars) -> Floats:
    """Signed volume over 3, 5, 10, 20 s, depth imbalance now and over 3, 10 s, last returns."""
    flow, volume = b.bought - b.sold, b.bought + b.sold
    imbalance = (b.bids - b.asks) / (b.bids + b.asks)
    columns = [imbalance, *(trailing(imbalance, w) / w for w in (3, 10))]
    for width in (3, 5, 10, 20):
        columns += [trailing(flow, width), trailing(flow, width) / (trailing(volume, width) + 10)]
    columns += [b.mid - earlier(b.mid, width) for width in (1, 3, 5, 10, 20)]
    return np.stack(columns, axis=1)


def trailing(values: Floats, width: int) -> Floats:
    total = np.concatenate([np.zeros(width), np.cumsum(values)])
    window: Floats = total[width:] - total[:-width]
    return window


def earlier(values: Floats, width: int) -> Floats:
    return np.concatenate([np.full(width, values[0]), values[:-width]])


def examples(b: Bars) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
    """Features, class of the move over HORIZON (0 down, 1 flat, 2 up), class of the last move."""
    ahead = np.sign(b.mid[HORIZON:] - b.mid[:-HORIZON]).astype(np.int64) + 1
    steps = np.sign(np.diff(b.mid, prepend=b.mid[0])).astype(np.int64)
    latest = np.maximum.accumulate(np.where(steps != 0, np.arange(len(steps)), 0))
    keep = slice(WARM, len(ahead))
    return features(b)[keep], ahead[keep], steps[latest][keep] + 1


class Regression:
    """Three-class softmax regression by Newton's method on standardised features."""

    def __init__(self, x: Floats, y: NDArray[np.int64]) -> None:
        self.mean, self.scale = x.mean(axis=0), x.std(axis=0)
        inputs, wanted = self._inputs(x), np.eye(3)[y]
        width = inputs.shape[1]
        self.weights: Floats = np.zeros((width, 3))
        for _ in range(8):
            p = self._softmax(inputs)
            slope = inputs.T @ (wanted - p) - self.weights
            curve = np.eye(3 * width)
            for i in range(3):
                for j in range(3):
                    weight = p[:, i] * ((i == j) - p[:, j])
                    block = (inputs * weight[:, None]).T @ inputs
                    curve[i * width : (i + 1) * width, j * width : (j + 1) * width] += block
            self.weights += np.linalg.solve(curve, slope.T.ravel()).reshape(3, width).T

    def __call__(self, x: Floats) -> Floats:
        return self._softmax(self._inputs(x))

    def _inputs(self, x: Floats) -> Floats:
        return np.column_stack([(x - self.mean) / self.scale, np.ones(len(x))])

    def _softmax(self, inputs: Floats) -> Floats:
        odds = np.exp(inputs @ self.weights)
        shares: Floats = odds / odds.sum(axis=1, keepdims=True)
        return shares


def wait(confidence: Floats) -> int:
    """The longest run of seconds without a call, the ends of the span counted as calls."""
    calls = np.flatnonzero(confidence >= CALL)
    return int(np.diff(calls, prepend=-1, append=len(confidence)).max())


def interval(gain: Floats) -> str:
    """Mean and 95 % interval over blocks of 60 s, within which labels overlap."""
    blocks = gain[: len(gain) // 60 * 60].reshape(-1, 60).mean(axis=1)
    error = 1.96 * blocks.std(ddof=1) / np.sqrt(len(blocks))
    return f"{blocks.mean():+.3f} [{blocks.mean() - error:+.3f}, {blocks.mean() + error:+.3f}]"


def market_figures(spans: Iterable[Bars]) -> None:
    spans = list(spans)
    events = np.concatenate([b.events for b in spans])
    print(f"events/s: mean {events.mean():.1f}, median {np.median(events):.0f}, "
          f"p99 {np.percentile(events, 99):.0f}, max {events.max():.0f}")  # fmt: skip
    for horizon in (1, 10, 60, 300):
        moves = np.concatenate([b.mid[horizon:] - b.mid[:-horizon] for b in spans])
        print(f"mid over {horizon} s: deviation {moves.std():.2f} ticks, median size "
              f"{np.median(np.abs(moves)):.1f}, flat {np.mean(moves == 0):.3f}")  # fmt: skip
    for stop in (8, 12, 16, 20):
        times = np.array([t for b in spans for t in resolutions(b.mid, stop)])
        print(f"stop {stop}, target {stop * 3 // 2} ticks: median {np.median(times):.0f} s, "
              f"p90 {np.percentile(times, 90):.0f} s")  # fmt: skip


def resolutions(mid: Floats, stop: int) -> list[int]:
    """Seconds until a long from every 37th second reaches its stop or its 1.5:1 target."""
    found = []
    for begin in range(WARM, len(mid) - 600, 37):
        move = mid[begin : begin + 600] - mid[begin]
        out = np.flatnonzero((move <= -stop) | (move >= stop * 3 // 2))
        found.append(int(out[0]) if len(out) else 600)
    return found


def predictability(model: Regression, spans: Iterable[Bars]) -> None:
    tested = [(model(x), y) for x, y, _ in map(examples, spans)]
    p, y = np.concatenate([p for p, _ in tested]), np.concatenate([y for _, y in tested])
    confidence = np.maximum(p[:, 0], p[:, 2])
    hit = np.where(p[:, 2] > p[:, 0], 2, 0) == y
    waits = sorted(wait(np.maximum(p[:, 0], p[:, 2])) for p, _ in tested)
    print(f"confidence percentiles 5 25 50 75 95 99: "
          f"{np.percentile(confidence, [5, 25, 50, 75, 95, 99]).round(3).tolist()}")  # fmt: skip
    print(f"calls >= {CALL}: {np.mean(confidence >= CALL):.3f} of seconds, longest waits {waits} s")
    for low in np.arange(0.45, 0.96, 0.1):
        within = (confidence >= low) & (confidence < low + 0.1)
        if within.any():
            print(f"said {low:.2f}..{low + 0.1:.2f}: {within.mean():.3f} of seconds, "
                  f"right {hit[within].mean():.3f}")  # fmt: skip


def baselines(model: Regression, majority: int) -> None:
    for seed in UNSEEN:
        x, y, last = examples(bars(seed, 4 * 3_600))
        right = model(x).argmax(axis=1) == y
        common, repeated = y == majority, y == last
        print(f"seed {seed}, 4 h: accuracy {right.mean():.3f}, majority {common.mean():.3f}, "
              f"last move {repeated.mean():.3f}; gain over majority "
              f"{interval(right - 1.0 * common)}, over last move "
              f"{interval(right - 1.0 * repeated)}")  # fmt: skip


def main() -> None:
    spans = [bars(seed, 1_800) for seed in GAP_SEEDS]
    market_figures(spans)
    training = [examples(bars(seed, 1_800)) for seed in TRAIN]
    y = np.concatenate([y for _, y, _ in training])
    model = Regression(np.concatenate([x for x, _, _ in training]), y)
    predictability(model, spans)
    baselines(model, int(np.bincount(y).argmax()))


if __name__ == "__main__":
    main()
