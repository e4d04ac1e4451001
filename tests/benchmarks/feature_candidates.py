"""Whether further features would make the model better: each set beside the shipped ones alone.

    python -m tests.benchmarks.feature_candidates [PREFIX]

Each set is fitted with three network seeds to the training markets of the plan and judged on its
validation markets (never the test markets), and on the recording PREFIX_*.parquet if one is given.
docs/model-card.md quotes it; it takes five minutes on one shared core.
"""

import io
import sys
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from msgspec.structs import replace

from messages.market import Bar
from models.batch import Floats
from models.features import LEAST_VOLATILITY, PAST
from models.network import build
from tools.train.evaluation import BLOCK, calls
from tools.train.fitting import Fit, fit
from tools.train.plan import Plan, markets
from tools.train.samples import Classes, Samples
from tools.train.sessions import recorded, simulated

NETWORK_SEEDS = (1, 2, 3)
Columns = dict[str, Floats]
"""The fields of the bars by name, `signed` volume, the `mid`, and `scale`, the volatility."""


def columns(bars: Sequence[Bar]) -> Columns:
    found = {
        name: np.array([getattr(bar, name) for bar in bars], dtype=np.float64)
        for name in Bar.__struct_fields__
    }
    changes = np.diff(found["close"], prepend=found["close"][0])
    volatility = np.sqrt(total(changes**2, PAST - 1) / (PAST - 1))
    found["signed"] = found["buy_volume"] - found["sell_volume"]
    found["mid"] = (found["bid"] + found["ask"]) / 2
    found["scale"] = np.maximum(volatility, LEAST_VOLATILITY)
    return found


def total(column: Floats, seconds: int) -> Floats:
    sums: Floats = np.convolve(column, np.ones(seconds))[: len(column)]
    return sums


def before(column: Floats, seconds: int) -> Floats:
    return np.concatenate([np.full(seconds, column[0]), column[:-seconds]])


def share(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole != 0)


def moved(c: Columns, seconds: int) -> Floats:
    change: Floats = (c["close"] - before(c["close"], seconds)) / (c["scale"] * np.sqrt(seconds))
    return change


def flow(c: Columns, seconds: int) -> Floats:
    return share(total(c["signed"], seconds), total(c["volume"], seconds))


def balance(bids: Floats, asks: Floats) -> Floats:
    return share(bids - asks, bids + asks)


def vwap_distance(c: Columns, seconds: int) -> Floats:
    volume = total(c["volume"], seconds)
    vwap = np.where(volume > 0, share(total(c["turnover"], seconds), volume), c["mid"])
    distance: Floats = (c["mid"] - vwap) / c["scale"]
    return distance


def delta_slope(c: Columns, seconds: int) -> Floats:
    """Least squares of cumulative delta over time, as a share of the mean volume."""
    delta, centre = np.cumsum(c["signed"]), (seconds - 1) / 2
    weighed = total(delta, seconds) * -centre
    for ago in range(seconds):
        weighed += (seconds - 1 - ago) * (before(delta, ago) if ago else delta)
    slope = weighed * 12 / (seconds * (seconds**2 - 1))
    return share(slope, total(c["volume"], seconds) / seconds)


def behind(c: Columns) -> Floats:
    """The balance of the five best levels but for the best."""
    return balance(c["bid_depth"] - c["bid_size"], c["ask_depth"] - c["ask_size"])


def depth(c: Columns) -> Floats:
    return balance(c["bid_depth"], c["ask_depth"])


def touch(c: Columns) -> Floats:
    return balance(c["bid_size"], c["ask_size"])


def place(c: Columns) -> Floats:
    """Where the close lies in the range of 16 s, -1 to 1."""
    windows = [
        np.stack([before(c[of], k) if k else c[of] for k in range(16)]) for of in ("high", "low")
    ]
    high, low = windows[0].max(axis=0), windows[1].min(axis=0)
    return share(2 * c["close"] - high - low, high - low)


SETS: dict[str, Callable[[Columns], list[Floats]]] = {
    "the shipped ones": lambda c: [],
    "spread": lambda c: [c["ask"] - c["bid"]],
    "distance from the VWAP, 4 and 16 s": lambda c: [vwap_distance(c, k) for k in (4, 16)],
    "prints: burst, mean size": lambda c: [
        np.log((4 * total(c["trades"], 4) + 1) / (total(c["trades"], 16) + 1)),
        np.log((total(c["volume"], 4) + 1) / (total(c["trades"], 4) + 1)),
    ],
    "slope of cumulative delta, 8 and 16 s": lambda c: [delta_slope(c, k) for k in (8, 16)],
    "flow x root of prints, 2 to 16 s": lambda c: [
        flow(c, k) * np.sqrt(total(c["trades"], k)) for k in (2, 4, 8, 16)
    ],
    "seconds bought less sold, 8 and 16 s": lambda c: [
        total(np.sign(c["signed"]), k) / k for k in (8, 16)
    ],
    "flow of 1 s": lambda c: [flow(c, 1)],
    "book balance: further means": lambda c: [
        *(total(depth(c), k) / k for k in (2, 8)),
        *(total(touch(c), k) / k for k in (4, 16)),
    ],
    "book behind the best, 1, 4, 8 s": lambda c: [total(behind(c), k) / k for k in (1, 4, 8)],
    "place in the range of 16 s": lambda c: [place(c)],
    "close less mid": lambda c: [c["close"] - c["mid"]],
    "flow of 32 s (33 live bars)": lambda c: [flow(c, 32)],
    "moves of 24 and 32 s": lambda c: [moved(c, k) for k in (24, 32)],
    "all of them": lambda c: [
        column for name, make in SETS.items() if name != "all of them" for column in make(c)
    ],
}


class Market(NamedTuple):
    samples: Samples
    columns: Columns

    def wider(self, name: str) -> Samples:
        """The samples with the columns of a set beside their features."""
        found = copy(self.samples)
        further = [column[self.samples.rows] for column in SETS[name](self.columns)]
        found.features = np.column_stack([self.samples.features, *further])
        return found


class Judged(NamedTuple):
    """By row, the mean of the network seeds: log loss, calls, calls that were right."""

    losses: Floats
    calls: Floats
    hits: Floats


def market(name: str, bars: Sequence[Bar]) -> Market:
    return Market(Samples(name, bars), columns(bars))


def chances(fitted: Fit, rows: Floats, clip: float) -> Floats:
    network = build(fitted.sizes)
    network.load_state_dict(torch.load(io.BytesIO(fitted.weights), weights_only=True))
    scaled = np.clip((rows - np.array(fitted.mean)) / np.array(fitted.std), -clip, clip)
    with torch.inference_mode():
        logits = network(torch.from_numpy(scaled.astype(np.float32))).double()
    found: Floats = torch.softmax(logits, dim=-1).numpy()
    return found


def judged(fits: Sequence[Fit], held: Sequence[Samples], clip: float) -> Judged:
    rows = np.concatenate([samples.features for samples in held])
    classes: Classes = np.concatenate([samples.classes for samples in held])
    found = []
    for fitted in fits:
        said = chances(fitted, rows, clip)
        spoken, right = calls(said), said.argmax(axis=1) == classes
        found.append((-np.log(said[np.arange(len(said)), classes]), spoken, spoken & right))
    return Judged(*np.mean(np.array(found, dtype=np.float64), axis=0))


def gained(base: Judged, found: Judged) -> str:
    """By how much the log loss fell, with a 95 % interval over blocks of 60 s."""
    difference = base.losses - found.losses
    blocks = difference[: len(difference) // BLOCK * BLOCK].reshape(-1, BLOCK).mean(axis=1)
    picks = np.random.default_rng(1).integers(len(blocks), size=(2_000, len(blocks)))
    low, high = np.quantile(blocks[picks].mean(axis=1), (0.025, 0.975))
    return f"{difference.mean():+.4f} [{low:+.4f}, {high:+.4f}]"


def words(found: Judged) -> str:
    share_right = found.hits.sum() / max(found.calls.sum(), 1)
    return f"{found.losses.mean():.4f}  {found.calls.mean():>5.1%}  {share_right:.1%}"


def rows_of(plan: Plan, prefix: Path | None) -> Iterator[str]:
    training, held = (
        [market(str(seed), simulated(seed, plan.training_s)) for seed in markets(span)]
        for span in (plan.seeds.training, plan.seeds.validation)
    )
    seen = [] if prefix is None else [market(prefix.name, recorded(prefix))]
    base: Judged | None = None
    for name in SETS:
        taught, stopped = ([one.wider(name) for one in kind] for kind in (training, held))
        plans = [replace(plan, seeds=replace(plan.seeds, network=k)) for k in NETWORK_SEEDS]
        fits = [fit(taught, stopped, each) for each in plans]
        found = judged(fits, stopped, plan.clip)
        base = base or found
        there = [words(judged(fits, [one.wider(name)], plan.clip)) for one in seen]
        yield "  ".join([f"{name:<40}{words(found)}", f"{gained(base, found):<26}", *there])


def main() -> None:
    prefix = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    beside = "" if prefix is None else f"  {prefix.name}"
    print(f"{'features':<40}loss    calls  right  {'gain in log loss':<26}{beside}".rstrip())
    for row in rows_of(Plan(), prefix):
        print(row.rstrip(), flush=True)


if __name__ == "__main__":
    main()
