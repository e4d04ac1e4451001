"""Times of the venue: int ns UTC inside, ISO 8601 with +00:00 on the wire."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

SECOND = 1_000_000_000
MILLISECOND = 1_000_000
CHICAGO = ZoneInfo("America/Chicago")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_whole: tuple[int, str] = (0, "1970-01-01T00:00:00")


def iso(ns: int, digits: int = 6) -> str:
    """`ns` as ISO 8601 with at most `digits` fractional digits, trailing zeros trimmed.

    gateway.md 3.1: REST keeps microseconds (6), the hub sends 100 ns (7).
    """
    global _whole  # noqa: PLW0603  most stamps in a row share their second
    second, rest = divmod(ns, SECOND)
    if second != _whole[0]:
        _whole = (second, (_EPOCH + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%S"))
    rest //= 10 ** (9 - digits)
    if not rest:
        return _whole[1] + "+00:00"
    return f"{_whole[1]}.{str(rest).zfill(digits).rstrip('0')}+00:00"


def ns_of(moment: datetime) -> int:
    """A datetime as ns UTC; one without a zone is read as UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    delta = aware - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * SECOND + delta.microseconds * 1_000


def moment(ns: int) -> datetime:
    """`ns` as an aware UTC datetime (microseconds; the rest is cut)."""
    return _EPOCH + timedelta(microseconds=ns // 1_000)


def chicago(ns: int) -> datetime:
    """`ns` as the time of day in Chicago, where the exchange's day is counted."""
    return moment(ns).astimezone(CHICAGO)
