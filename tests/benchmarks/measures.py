"""What is measured on a market, against which floor, and the ratios as committed in ratios.json.

Every way and every floor takes its turn in each round, in processor time, and the best round
counts: so all see the same machine, whatever else it does. A ratio is ours to the floor's.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from time import process_time
from typing import NamedTuple

from tests.bar.analytics.recorded import Message
from tests.benchmarks import timeframes
from tests.benchmarks.bar_room import handled
from tests.benchmarks.market_picture import (
    analysed_prints,
    analysed_rows,
    bare_rows,
    depths,
    events,
    floor_of_prints,
    floor_of_rows,
    tapes,
)

RATIOS = Path(__file__).with_name("ratios.json")
ROUNDS = 5
WORSE = 1.5
"""How much worse than the committed ratio is a failure (design: budgets)."""

ROWS, PRINTS, TRADES = "floor of rows", "floor of prints", "floor of three timeframes"


class Compared(NamedTuple):
    """`budget` in events a second, 0 where the design names none."""

    name: str
    floor: str
    budget: int


COMPARED = (
    Compared("book rows, bare", ROWS, 600_000),
    Compared("book rows, all analytics", ROWS, 0),
    Compared("book rows through BarActor", ROWS, 150_000),
    Compared("prints, all analytics", PRINTS, 0),
    Compared("trades, 1min 5min 1hr, bare", TRADES, 400_000),
    Compared("trades, 1s 1min 1day, bare", TRADES, 400_000),
    Compared("trades, 1min 100tick 500vol, bare", TRADES, 400_000),
    Compared("trades, 1min 5min 1hr, through BarActor", TRADES, 200_000),
    Compared("rows and trades through BarActor", ROWS, 0),
)


def ways(market: Sequence[Message]) -> Mapping[str, tuple[Callable[[], None], int]]:
    """What to run for each figure, and how many events it takes in."""
    rows, prints = depths(market), tapes(market)
    of_rows, of_prints = events(rows), events(prints)
    framed = partial(partial, timeframes.framed, prints)
    return {
        ROWS: (partial(floor_of_rows, rows), of_rows),
        PRINTS: (partial(floor_of_prints, prints), of_prints),
        TRADES: (partial(timeframes.floor, prints), of_prints),
        "book rows, bare": (partial(bare_rows, rows), of_rows),
        "book rows, all analytics": (partial(analysed_rows, rows), of_rows),
        "book rows through BarActor": (partial(handled, rows), of_rows),
        "prints, all analytics": (partial(analysed_prints, prints), of_prints),
        "trades, 1min 5min 1hr, bare": (framed(("1min", "5min", "1hr")), of_prints),
        "trades, 1s 1min 1day, bare": (framed(("1s", "1min", "1day")), of_prints),
        "trades, 1min 100tick 500vol, bare": (framed(("1min", "100tick", "500vol")), of_prints),
        "trades, 1min 5min 1hr, through BarActor": (partial(handled, prints), of_prints),
        "rows and trades through BarActor": (partial(handled, market), events(market)),
    }


def speeds(market: Sequence[Message], rounds: int = ROUNDS) -> dict[str, float]:
    """Events a second of every way and floor."""
    every = ways(market)
    best = dict.fromkeys(every, float("inf"))
    for _ in range(rounds):
        for name, (way, _) in every.items():
            begin = process_time()
            way()
            best[name] = min(best[name], process_time() - begin)
    return {name: count / best[name] for name, (_, count) in every.items()}


def ratios(found: Mapping[str, float]) -> dict[str, float]:
    """Of every compared way to its floor."""
    return {each.name: found[each.name] / found[each.floor] for each in COMPARED}


def committed() -> dict[str, float]:
    read: dict[str, float] = json.loads(RATIOS.read_text(encoding="utf-8"))
    return read


def commit(found: Mapping[str, float]) -> None:
    """Write the ratios of now as the committed ones."""
    rounded = {name: round(ratio, 3) for name, ratio in found.items()}
    RATIOS.write_text(json.dumps(rounded, indent=2) + "\n", encoding="utf-8")


def worse(found: Mapping[str, float], kept: Mapping[str, float]) -> dict[str, str]:
    """The ratios that are worse than the committed ones by more than WORSE, with both."""
    return {
        name: f"{ratio:.3f}, committed {kept[name]:.3f}"
        for name, ratio in found.items()
        if ratio < kept[name] / WORSE
    }
