"""What is told of a bar."""

from typing import NamedTuple

from config.timeframe import Timeframe
from messages.market import Bar


class Told(NamedTuple):
    """A closed bar; `revision` counts its corrections by late prints. A bar told with the start of
    one before, in a timed frame, replaces it: volumes are never to be added up. The bar of a period
    that closed in silence first comes with revision 1.
    """

    timeframe: Timeframe
    bar: Bar
    revision: int
