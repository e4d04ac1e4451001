"""Contracts: from the venue's rows to instruments, and the table of those known to this run."""

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from gateway.wire import ContractRow, WireError, money
from messages.market import Instrument

_NAME = re.compile(r"(?P<symbol>[A-Z0-9]+?)[FGHJKMNQUVXZ]\d{1,2}")
"""An exchange root, a month letter and a year: MESZ6 (gateway.md 8)."""


class Instruments:
    """The instruments of a run by contract id. Grows when REST meets a contract that nobody
    configured.
    """

    def __init__(self, instruments: Iterable[Instrument] = ()) -> None:
        self._by_id = {instrument.id: instrument for instrument in instruments}

    def __getitem__(self, contract: str) -> Instrument:
        """Raises WireError for a contract whose tick size nobody has told yet."""
        try:
            return self._by_id[contract]
        except KeyError:
            raise WireError(f"contract {contract!r} is not known") from None

    def __contains__(self, contract: str) -> bool:
        return contract in self._by_id

    def __iter__(self) -> Iterator[Instrument]:
        return iter(tuple(self._by_id.values()))

    def learn(self, instrument: Instrument) -> None:
        self._by_id[instrument.id] = instrument


def instrument(row: ContractRow) -> Instrument:
    """Raises WireError where tick size or tick value make no sense or differ from the published
    ones.
    """
    size = row.tick_size.normalize() if row.tick_size.is_finite() else Decimal(0)
    if size <= 0:
        raise WireError(f"contract {row.id}: tick size {row.tick_size} is not a price step")
    value = money(row.tick_value)
    if value <= 0:
        raise WireError(f"contract {row.id}: tick value {row.tick_value} is not an amount")
    _check(row.id, size, row.tick_value)
    named = _NAME.fullmatch(row.name)
    symbol = named["symbol"] if named else root(row.id)
    return Instrument(row.id, symbol, row.name, format(size, "f"), value)


def root(contract: str) -> str:
    """The product in a contract id: `MES` in `CON.F.US.MES.Z26`, `EP` for ES."""
    parts = contract.split(".")
    return parts[3] if len(parts) > 3 else contract


def chosen(rows: Sequence[ContractRow], wanted: str) -> ContractRow | None:
    """The active contract of a product, wanted by symbol (ES) or root (EP).

    The venue's search is fuzzy (ES finds MES too), so the exact root or the exact symbol of the
    name decides, never the place in the list (gateway.md 3.4). None where no row or more than one
    fits.
    """
    wanted = wanted.upper()
    active = [row for row in rows if row.active_contract]
    by_symbol = [row for row in active if _named(row, wanted)]
    fitting = by_symbol or [row for row in active if root(row.id).upper() == wanted]
    return fitting[0] if len(fitting) == 1 else None


def _named(row: ContractRow, symbol: str) -> bool:
    named = _NAME.fullmatch(row.name.upper())
    return named is not None and named["symbol"] == symbol


_STEPS = """
EP 0.25 12.50, MES 0.25 1.25, ENQ 0.25 5, MNQ 0.25 0.5, RTY 0.1 5, M2K 0.1 0.5, YM 1 5, MYM 1 0.5,
GCE 0.1 10, MGC 0.1 1, SIE 0.005 25, SIL 0.005 5, CPE 0.0005 12.5, MHG 0.0005 1.25, PLE 0.1 5,
CLE 0.01 10, MCLE 0.01 1, NQM 0.025 12.5, NQG 0.005 12.5, NGE 0.001 10, MNG 0.001 1,
HOE 0.0001 4.2, RBE 0.0001 4.2, EU6 0.00005 6.25, M6E 0.0001 1.25, EEU 0.0001 6.25,
BP6 0.0001 6.25, M6B 0.0001 0.625, DA6 0.00005 5, M6A 0.0001 1, CA6 0.00005 5, NE6 0.00005 5,
SF6 0.00005 6.25, JY6 0.0000005 6.25, MX6 0.00001 5, TUA 0.00390625 7.8125, FVA 0.0078125 7.8125,
TYA 0.015625 15.625, TNA 0.015625 15.625, USA 0.03125 31.25, ULA 0.03125 31.25,
ZCE 0.25 12.5, ZWA 0.25 12.5, ZSE 0.25 12.5, ZME 0.1 10, ZLE 0.01 6, GLE 0.025 10, HE 0.025 10,
NKD 5 25, MBT 5 0.5, GMET 0.5 0.05
"""
"""Root, tick size, tick value in USD: gateway.md 8."""

_KNOWN = {
    product: (Decimal(size), Decimal(value))
    for product, size, value in (entry.split() for entry in _STEPS.split(","))
}


def _check(contract: str, size: Decimal, value: Decimal) -> None:
    """The venue has been seen to list wrong steps; money computed from them would be wrong too."""
    known = _KNOWN.get(root(contract))
    if known is not None and known != (size, value):
        raise WireError(
            f"contract {contract}: the venue says {size:f} a tick worth ${value:f},"
            f" but {known[0]} worth ${known[1]} is known"
        )
