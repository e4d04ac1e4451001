"""A seeded market that looks like MES: clustered orders on a ten-level book, pushed both ways.

docs/market.md describes the process, its figures and its limits. All state is integer and all
chance is bits of one `random.Random(seed)`, so (seed, start) fixes every event on every platform;
another start shifts the stamps and changes nothing else.
"""

from decimal import Context, Decimal
from random import Random

from tools.simulator.market import BUY, SELL, Level, MarketEvent, Print, Snapshot

CENTRE = 25_600
"""Ticks; 6400.00 points of MES. The first price lies within START of it."""
START = 800
LEASH = 1_200
"""Ticks from the centre at which every push points home."""
DEPTH = 10

BEAT = 50_000_000
"""ns between updates of pressure and heat; orders come at any ns in between."""
FULL = 1_000_000
"""Pressure of +FULL is the strongest buying, -FULL the strongest selling."""
LAG_BEATS = 20
"""Pressure closes 1/LAG_BEATS of the distance to its target each beat (time constant 1 s)."""
CALM_BEATS = (240, 340)
PUSH_BEATS = (200, 280)
"""Shortest and longest phase: 12 to 17 s of calm, then 10 to 14 s of push."""
CALM_PRESSURE = 150_000
PUSH_PRESSURE = (900_000, FULL)
"""Targets: a calm's lies within CALM_PRESSURE of zero, a push's size between the two."""
DECK = (1, 1, -1, -1)
"""Directions of the pushes, dealt without replacement: no half hour is all one way."""

BASE_RATE = 8_000
"""Actions per 1,000 s with no heat, prompt answers apart."""
SPARK = 8_000
"""Heat (actions per 1,000 s) that a market order adds; one in 512 adds RUSH instead."""
RUSH = 250_000
MAX_HEAT = 600_000
COOLING = 6
"""A beat takes 1/COOLING off the heat (time constant 0.27 s)."""

SIDE_SKEW = 220
"""Per mille by which full pressure moves the odds that an aggressor buys off one half."""
BOOK_SKEW = 360
"""Per mille by which full pressure swells the resting side it favours and thins the other."""

PROFILE = (22, 34, 44, 50, 54, 56, 56, 54, 52, 50)
"""Size to which level k of a calm book reverts."""
PLACES = (0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8)
"""Level at which a resting order comes or goes, one of sixteen alike."""
PIECES = (1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 4, 5, 6, 8, 12)
TAKES = (1,) * 11 + (2,) * 6 + (3,) * 4 + (4, 5, 5, 5, 6, 8, 10, 10, 12, 15, 20)
"""Sizes of resting changes and of market orders, each entry alike."""


def _exponential_quantiles(count: int) -> tuple[int, ...]:
    """Millionths of the mean at the middles of `count` equal slices (Decimal: same everywhere)."""
    context = Context(prec=20)
    slices = (Decimal(2 * i + 1) / Decimal(2 * count) for i in range(count))
    return tuple(int(-context.ln(part) * 1_000_000) for part in slices)


_WAITS = _exponential_quantiles(1024)


class Pressure:
    """The hidden state: calm and push in turn, a lagged walk towards each phase's target."""

    __slots__ = ("_beats", "_calm", "_deck", "_rng", "_target", "value")

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._calm = False
        self._beats = 0
        self._target = 0
        self._deck: list[int] = []
        self.value = 0

    def beat(self, offset: int) -> None:
        """Advance by BEAT; `offset` is the market's distance from its centre in ticks."""
        if self._beats == 0:
            self._turn(offset)
        self._beats -= 1
        self.value += (self._target - self.value) // LAG_BEATS

    def _turn(self, offset: int) -> None:
        self._calm = not self._calm
        low, high = CALM_BEATS if self._calm else PUSH_BEATS
        self._beats = self._rng.randrange(low, high + 1)
        if self._calm:
            self._target = self._rng.randrange(-CALM_PRESSURE, CALM_PRESSURE + 1)
        else:
            strength = self._rng.randrange(PUSH_PRESSURE[0], PUSH_PRESSURE[1] + 1)
            self._target = strength * self._direction(offset)

    def _direction(self, offset: int) -> int:
        """Home when off the leash, else the next of a shuffled deck with as many ups as downs."""
        if abs(offset) > LEASH:
            return -1 if offset > 0 else 1
        if not self._deck:
            self._deck = list(DECK)
            self._rng.shuffle(self._deck)
        return self._deck.pop()


class Ladder:
    """One side's displayed levels: contiguous prices, sizes best first, always DEPTH of them."""

    __slots__ = ("best", "side", "sizes")

    def __init__(self, side: int, best: int) -> None:
        self.side = side
        self.best = best
        self.sizes = list(PROFILE)

    def level(self, at: int, place: int) -> Level:
        """What is displayed `place` levels behind the best, as an event."""
        return Level(at, self.side, self.best - self.side * place, self.sizes[place])

    def recede(self, at: int, deepest: int) -> list[MarketEvent]:
        """Lose the best level; a new deepest one of the given size comes into view."""
        gone = Level(at, self.side, self.best, 0)
        del self.sizes[0]
        self.sizes.append(deepest)
        self.best -= self.side
        return [gone, self.level(at, DEPTH - 1)]

    def improve(self, at: int, size: int) -> list[MarketEvent]:
        """Gain a better best level of `size`; the deepest one drops out of view."""
        lost = Level(at, self.side, self.best - self.side * (DEPTH - 1), 0)
        self.sizes.pop()
        self.sizes.insert(0, size)
        self.best += self.side
        return [self.level(at, 0), lost]

    def rows(self) -> tuple[tuple[int, int], ...]:
        """(price, size), best first."""
        return tuple((self.best - self.side * k, size) for k, size in enumerate(self.sizes))


class Generator:
    """A MarketSource without end: one Snapshot at the start, then prints and level changes.

    `centre` is the price in ticks around which the market stays; `start` before all else.
    """

    def __init__(self, seed: int, centre: int = CENTRE) -> None:
        self._rng = Random(seed)
        self._centre = centre
        self._pressure = Pressure(self._rng)
        bid = centre + self._rng.randrange(-START, START + 1)
        self._bids = Ladder(BUY, bid)
        self._asks = Ladder(SELL, bid + 1)
        self._heat = 0
        self._at = 0
        self._beat = 0
        self._ready: list[MarketEvent] = []

    def start(self, now: int) -> None:
        """Display the first book at `now` (ns UTC)."""
        self._at = now
        self._beat = now + BEAT
        self._ready = [Snapshot(now, self._bids.rows(), self._asks.rows())]

    def next_time(self) -> int:
        """Stamp of the next update (ns UTC); there always is one."""
        return self._at

    def take(self, until: int) -> list[MarketEvent]:
        """Every event up to and including `until`, whole updates in order."""
        taken: list[MarketEvent] = []
        while self._at <= until:
            taken += self._ready
            self._wait()
            self._ready = self._act(self._at)
        return taken

    def _wait(self) -> None:
        """Move to the next action: a prompt answer to the last one, or a wait at today's rate."""
        bits = self._rng.getrandbits(32)
        prompt = bits & 3 == 0
        while True:
            if prompt:
                wait = 20_000 + (bits >> 13)
            else:
                wait = 1_000 + _WAITS[bits >> 22] * 1_000_000 // (BASE_RATE + self._heat)
            if self._at + wait < self._beat:
                self._at += wait
                return
            self._at = self._beat
            self._beat += BEAT
            self._heat -= self._heat // COOLING
            self._pressure.beat(self._bids.best - self._centre)
            bits = self._rng.getrandbits(32)
            prompt = False

    def _act(self, at: int) -> list[MarketEvent]:
        if self._spread() > 1:
            return self._close_spread(at)
        if self._rng.getrandbits(2) == 0:
            return self._market_order(at)
        return self._resting_change(at)

    def _spread(self) -> int:
        return self._asks.best - self._bids.best

    def _buys(self, bits: int) -> bool:
        """Whether the next to act buys, given ten bits of chance."""
        return bits < 512 + SIDE_SKEW * self._pressure.value * 1_024 // (1_000 * FULL)

    def _close_spread(self, at: int) -> list[MarketEvent]:
        """The side that is keener to trade steps into the gap."""
        ladder = self._bids if self._buys(self._rng.getrandbits(10)) else self._asks
        return ladder.improve(at, self._fresh(ladder.side, 0))

    def _market_order(self, at: int) -> list[MarketEvent]:
        """An aggressor takes from the other side; what the best level cannot fill walks on."""
        bits = self._rng.getrandbits(24)
        self._heat = min(MAX_HEAT, self._heat + (SPARK if bits & 511 else RUSH))
        bought = self._buys(bits >> 14)
        own, other = (self._bids, self._asks) if bought else (self._asks, self._bids)
        size = TAKES[bits >> 9 & 31]
        prints: list[MarketEvent] = []
        changes: list[MarketEvent] = []
        while size >= other.sizes[0] and self._spread() == 1:
            size -= other.sizes[0]
            prints.append(Print(at, other.best, other.sizes[0], own.side))
            changes += self._deplete(at, own, other)
        if 0 < size < other.sizes[0]:
            prints.append(Print(at, other.best, size, own.side))
            other.sizes[0] -= size
            changes.append(other.level(at, 0))
        return prints + changes

    def _deplete(self, at: int, winner: Ladder, loser: Ladder) -> list[MarketEvent]:
        """The loser's best is gone; the winner's side mostly steps into its place at once."""
        changes = loser.recede(at, self._fresh(loser.side, DEPTH - 1))
        if self._rng.getrandbits(3):
            changes += winner.improve(at, self._fresh(winner.side, 0))
        return changes

    def _resting_change(self, at: int) -> list[MarketEvent]:
        """A resting order comes or goes; the odds pull the level towards its target size."""
        bits = self._rng.getrandbits(20)
        own, other = (self._bids, self._asks) if bits & 1 else (self._asks, self._bids)
        place, piece = PLACES[bits >> 1 & 15], PIECES[bits >> 5 & 15]
        size = own.sizes[place]
        target = self._target(own.side, place)
        if (bits >> 10) * (size + target) < 1_024 * target:
            size += piece
        elif place == 0 and size <= piece:
            return self._deplete(at, other, own)
        else:
            size = max(1, size - piece)
        own.sizes[place] = size
        return [own.level(at, place)]

    def _fresh(self, side: int, place: int) -> int:
        """Size of a level new to the book: a half to three halves of its target."""
        return 1 + self._target(side, place) * (512 + self._rng.getrandbits(10)) // 1_024

    def _target(self, side: int, place: int) -> int:
        """Size to which a level of `side` reverts under the pressure of the moment."""
        lean = side * BOOK_SKEW * self._pressure.value
        return PROFILE[place] * (1_000 * FULL + lean) // (1_000 * FULL)
