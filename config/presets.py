"""The limits of known accounts, by name. Source: Topstep's help pages of autumn 2026 (gateway.md
10); they change without notice, so compare them with your account's own page.
"""

from collections.abc import Mapping
from types import MappingProxyType


def _topstep(balance: int, loss: int, daily: int, minis: int) -> Mapping[str, object]:
    """Money in dollars. The capital is what the account may lose, not what it is called by."""
    return MappingProxyType(
        {
            "risk.starting_capital": loss,
            "risk.starting_balance": balance,
            "risk.max_trailing_loss": loss,
            "risk.max_daily_loss": daily,
            "risk.max_micros": 10 * minis,
            "trading.calendar": "sessions",  # flat by 15:10 Chicago, earlier on half days
            "trading.flat_margin_min": 5,
        }
    )


PRESETS: Mapping[str, Mapping[str, object]] = MappingProxyType(
    {
        "none": {},
        "topstep_50k": _topstep(50_000, 2_000, 1_000, 5),
        "topstep_100k": _topstep(100_000, 3_000, 2_000, 10),
        "topstep_150k": _topstep(150_000, 4_500, 3_000, 15),
    }
)
"""Values by dotted path. Whatever file or command line state wins."""
