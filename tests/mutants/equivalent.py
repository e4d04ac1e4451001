"""Changes that no test can notice, because they change nothing that can be seen: each with its
reason. The key is file, function and change, as `python -m tests.mutants` names them.
"""

_TALLY = "actors/position/tally.py"
_ONE = "the side is 1 or -1, by which dividing is multiplying"

EQUIVALENT: dict[str, str] = {
    "actors/position/book.py: Book.add: key < self._newest.get(fill.contract, (0, 0)) -> "
    "key <= self._newest.get(fill.contract, (0, 0))": "an equal key is the same fill: known",
    "config/calendar.py: regular: local.weekday() < _SATURDAY -> local.weekday() <= _SATURDAY": (
        "on a Saturday the exchange is closed, which is asked beside it"
    ),
    "config/hours.py: _day: opens > closes -> opens >= closes": "no span lasts a whole day",
    "actors/position/holdings.py: Holdings.quote: tally.size > 0 -> tally.size >= 0": (
        "0 has been left out before"
    ),
    f"{_TALLY}: Tally.fill: self.size * side < 0 -> self.size * side <= 0": (
        "with nothing held, the lesser of the fill and nothing closes: nothing"
    ),
    f"{_TALLY}: Tally.fill: self.size * side -> self.size // side": _ONE,
    f"{_TALLY}: Tally._close: (size * price * FINE - cost) * trip.side -> "
    "(size * price * FINE - cost) // trip.side": _ONE,
    f"{_TALLY}: Tally._close: made * trip.side -> made // trip.side": _ONE,
    "actors/watchdog/cover.py: Cover.covered: self.position > 0 -> self.position >= 0": (
        "of no contract no stop needs to cover any, of whichever side"
    ),
    "gateway/token.py: _claimed: -len(parts[1]) -> len(parts[1])": (
        "decoding takes more padding than it needs, and never less"
    ),
    f"{_TALLY}: Tally.adopt: position.size > 0 -> position.size >= 0": "0 has been left out before",
}
