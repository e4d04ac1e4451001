"""The CME trade date: from 17:00 Chicago to 17:00 Chicago."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from messages.base import SECOND, Nanos

_CHICAGO = ZoneInfo("America/Chicago")
_ROLL_HOUR = 17


def trade_date_start(now: Nanos) -> Nanos:
    """The 17:00 Chicago at or before `now`, by the wall clock on both clock changes."""
    local = datetime.fromtimestamp(now // SECOND, UTC).astimezone(_CHICAGO)
    start = local.replace(hour=_ROLL_HOUR, minute=0, second=0, microsecond=0, fold=0)
    if start > local:
        start = (start - timedelta(days=1)).replace(fold=0)
    return int(start.timestamp()) * SECOND
