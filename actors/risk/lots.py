"""What a contract counts for in the venue's caps, in micros."""

from messages.market import Instrument

_MICROS = frozenset(
    {"MES", "MNQ", "M2K", "MYM", "M6A", "M6B", "M6E", "MGC", "MHG", "MCL", "MCLE", "MNG"}
)
_FIFTHS = frozenset({"SIL"})


def micros(instrument: Instrument) -> int:
    """1 for a micro, 2 for SIL, 10 for a mini and for whatever is not known to be less, MBT and MET
    among it. Source: gateway.md 10.
    """
    if instrument.symbol in _MICROS:
        return 1
    return 2 if instrument.symbol in _FIFTHS else 10
