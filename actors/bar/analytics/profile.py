"""Volume by price: the profile, its point of control and value area, of a window or a session."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from actors.bar.analytics.flow import Cell
from actors.bar.analytics.windows import HOUR, RollingTable
from messages.base import SECOND, Nanos, Ticks

HORIZON: Nanos = 2 * HOUR
SLOT: Nanos = 10 * SECOND
"""Coarser than the tape's second: every slot holds all its prices."""
VALUE_AREA_PERCENT = 70
"""Of the volume; the Market Profile's round figure for one standard deviation."""


class Bin(NamedTuple):
    """Contracts traded at prices from `low` to `high`, both included."""

    low: Ticks
    high: Ticks
    buy_volume: int
    sell_volume: int

    @property
    def volume(self) -> int:
        return self.buy_volume + self.sell_volume


class ValueArea(NamedTuple):
    """The prices around the point of control that hold the share asked for, both ends included."""

    low: Ticks
    high: Ticks
    volume: int


class VolumeProfile(NamedTuple):
    """`bins` from the lowest price up. Point of control and value area are found tick by tick, not
    by bins; VWAP in ticks.
    """

    bins: tuple[Bin, ...]
    volume: int
    point_of_control: Ticks
    value_area: ValueArea
    vwap: float


class RollingProfile:
    """Volume by price over any window up to HORIZON, in slots of ten seconds."""

    def __init__(self) -> None:
        self._table: RollingTable[Ticks] = RollingTable(2, HORIZON, SLOT)

    def add(self, now: Nanos, cells: Mapping[Ticks, Cell]) -> None:
        """Take in what traded since the last time, by price."""
        cell = self._table.cell
        for price, (bought, sold, _, _) in cells.items():
            sums = cell(now, price)
            sums[0] += bought
            sums[1] += sold

    def over(self, now: Nanos, window: Nanos = HOUR, bins: int = 20) -> VolumeProfile | None:
        """What `volume_profile` says of the contracts traded in the window. Source: document 003,
        get_volume_profile(time_window_minutes=60, price_bins=20).
        """
        return volume_profile(self._table.over(window, now), bins)


class SessionProfile:
    """Volume by price since the session began."""

    def __init__(self) -> None:
        self.volumes: dict[Ticks, list[int]] = {}

    def add(self, cells: Mapping[Ticks, Cell]) -> None:
        """Take in what traded since the last time, by price."""
        volumes = self.volumes
        for price, (bought, sold, _, _) in cells.items():
            if (sums := volumes.get(price)) is None:
                volumes[price] = [bought, sold]
            else:
                sums[0] += bought
                sums[1] += sold

    def start(self) -> None:
        """A session begins."""
        self.volumes.clear()

    def volume(self) -> int:
        """Contracts since the session began."""
        return sum(bought + sold for bought, sold in self.volumes.values())

    def vwap(self) -> float | None:
        """sum(price x size) / sum(size) since the session began, in ticks; None without prints.
        Source: document 000, future enhancements; the formula is the field's.
        """
        return _vwap(self.volumes) if self.volumes else None


def volume_profile(volumes: Mapping[Ticks, Sequence[int]], bins: int) -> VolumeProfile | None:
    """The profile of contracts (bought, sold) by price; None without any. `bins` is how many at
    most: they are equally wide in whole ticks, so the highest may reach above the highest price,
    and a range of fewer ticks than bins has one bin a tick.
    """
    if bins < 1:
        raise ValueError(f"volume profile of {bins} bins: give at least 1")
    if not volumes:
        return None
    low, high = min(volumes), max(volumes)
    width = -(-(high - low + 1) // bins)
    filled = [[0, 0] for _ in range((high - low) // width + 1)]
    for price, (bought, sold) in volumes.items():
        sums = filled[(price - low) // width]
        sums[0] += bought
        sums[1] += sold
    by_price = {price: bought + sold for price, (bought, sold) in volumes.items()}
    return VolumeProfile(
        tuple(Bin(low + i * width, low + (i + 1) * width - 1, *f) for i, f in enumerate(filled)),
        sum(by_price.values()),
        point_of_control(by_price),
        value_area(by_price),
        _vwap(volumes),
    )


def point_of_control(volumes: Mapping[Ticks, int]) -> Ticks:
    """The price with the most volume; of equal ones that nearest to the middle of the range, then
    the lower. Source: Market Profile (CBOT handbook).
    """
    middle = min(volumes) + max(volumes)
    return min(volumes, key=lambda price: (-volumes[price], abs(2 * price - middle), price))


def value_area(volumes: Mapping[Ticks, int], percent: int = VALUE_AREA_PERCENT) -> ValueArea:
    """From the point of control outwards: compare the volume of the next two prices above with that
    of the next two below, add the larger pair (equal: above), until `percent` of the volume is in.
    Prices without volume count as prices. Source: Market Profile (CBOT handbook).
    """
    low = high = point_of_control(volumes)
    lowest, highest = min(volumes), max(volumes)
    held, total = volumes[low], sum(volumes.values())
    while held * 100 < total * percent:
        above = sum(volumes.get(high + step, 0) for step in (1, 2))
        below = sum(volumes.get(low - step, 0) for step in (1, 2))
        if low == lowest or (high < highest and above >= below):
            held, high = held + above, min(high + 2, highest)
        else:
            held, low = held + below, max(low - 2, lowest)
    return ValueArea(low, high, held)


def _vwap(volumes: Mapping[Ticks, Sequence[int]]) -> float:
    turnover = sum(price * (bought + sold) for price, (bought, sold) in volumes.items())
    return turnover / sum(bought + sold for bought, sold in volumes.values())
