"""Lost answers, lost fills, doubled and disordered events, all at once for ten minutes: every
promise is kept, and the result is the venue's to the cent. More seeds, and a session over real
sockets, by command: see four_faults.py.
"""

import pytest

from tests.simulation.four_faults import FOUR, virtual

OFTEN = 5


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seed", "overrides"),
    [
        (2, ()),
        (11, ()),
        (3, ("execution.order_type=limit",)),
        (4, ("risk.max_risk_per_trade=0.001", "risk.max_contracts=3")),
    ],
)
def test_four_faults_at_once_break_no_promise(seed: int, overrides: tuple[str, ...]) -> None:
    outcome = virtual(seed, overrides)
    assert outcome.failures() == []
    assert outcome.trips > 20
    assert all(outcome.fired[name] >= OFTEN for name in FOUR)
