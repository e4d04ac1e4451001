"""How one contract's data does, in one call and from plain figures."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from messages.base import MILLISECOND, SECOND, Nanos
from messages.hub import Stream

LATE = 2 * SECOND
"""A lag above this is not real time."""
MINUTE = 60 * SECOND


class Seen(NamedTuple):
    """A stream's newest message: its stamp by the venue, its receipt by our clock."""

    stamp: Nanos
    received: Nanos


class Timeliness(StrEnum):
    REAL_TIME = "real-time"
    LAGGING = "lagging"
    """What came last was late, though the line can do better."""
    DELAYED = "delayed"
    """All of it is late by about the same."""
    UNKNOWN = "unknown"
    """Nothing has come; or the two clocks may disagree."""


class StreamDiagnosis(NamedTuple):
    """`silence` is how long nothing has come, `lag` how late the newest was when it came, by the
    venue's clock where its difference is known; None before anything has come.
    """

    stream: Stream
    stamp: Nanos | None
    received: Nanos | None
    silence: Nanos | None
    lag: Nanos | None
    stale: bool


class Diagnosis(NamedTuple):
    """`stale`: nothing at all has come for the limit; one silent stream may be a quiet market."""

    streams: tuple[StreamDiagnosis, ...]
    newest: Nanos | None
    """The newest stamp of any stream."""
    stale: bool
    timeliness: Timeliness
    words: str


def diagnose(
    now: Nanos,
    streams: Mapping[Stream, Seen | None],
    stale_after: Nanos = 5 * SECOND,
    least_lag: Nanos | None = None,
    clock_ahead: Nanos | None = None,
) -> Diagnosis:
    """Last stamps, staleness and whether the data is real-time.

    `now` and `received` are our clock's. `least_lag` is the least receipt - stamp of late
    (`Picture.lag`), taken from `streams` where None. `clock_ahead` is our clock less the venue's
    (its HTTP Date), None if not known: a large lag is a delay only if the clocks agree. Source:
    document 000, is_data_stale(), last timestamp, diagnostics; 001, real-time against delayed.
    """
    ahead = clock_ahead or 0
    found = tuple(_stream(now, *each, stale_after, ahead) for each in streams.items())
    silences = [each.silence for each in found if each.silence is not None]
    lags = [each.lag for each in found if each.lag is not None]
    least = min(lags, default=None) if least_lag is None else least_lag - ahead
    verdict, words = timeliness(least, _newest_lag(found), clock_ahead is not None)
    silence = min(silences, default=None)
    stale = silence is None or silence > stale_after
    return Diagnosis(
        found,
        max((each.stamp for each in found if each.stamp is not None), default=None),
        stale,
        verdict,
        _silence(silence, stale) + words,
    )


def _stream(
    now: Nanos, stream: Stream, seen: Seen | None, after: Nanos, ahead: Nanos
) -> StreamDiagnosis:
    if seen is None:
        return StreamDiagnosis(stream, None, None, None, None, stale=True)
    silence = now - seen.received
    lag = seen.received - seen.stamp - ahead
    return StreamDiagnosis(stream, seen.stamp, seen.received, silence, lag, silence > after)


def _newest_lag(streams: tuple[StreamDiagnosis, ...]) -> Nanos | None:
    """The lag of what came last."""
    known = [
        (each.received, each.lag) for each in streams if each.received and each.lag is not None
    ]
    return max(known)[1] if known else None


def timeliness(least: Nanos | None, newest: Nanos | None, compared: bool) -> tuple[Timeliness, str]:
    """Whether data is real-time, by the least lag of late and that of what came last. `compared`:
    our clock is known to be the venue's.
    """
    if least is None or newest is None:
        return Timeliness.UNKNOWN, "no data yet"
    if abs(least) > LATE and not compared:
        words = f"stamps {_span(least)} our clock: delayed, or our clock is wrong"
        return Timeliness.UNKNOWN, words
    if least < -LATE:
        return Timeliness.UNKNOWN, f"stamps {_span(least)} the venue's own clock"
    if least > LATE:
        return Timeliness.DELAYED, f"delayed by {_amount(least)}"
    if newest > LATE:
        return Timeliness.LAGGING, f"the newest message came {_amount(newest)} late"
    return Timeliness.REAL_TIME, f"real-time: {newest / MILLISECOND:,.0f} ms old when it came"


def _silence(silence: Nanos | None, stale: bool) -> str:
    return f"silent for {_amount(silence)}; " if stale and silence is not None else ""


def _span(lag: Nanos) -> str:
    return f"{_amount(abs(lag))} {'behind' if lag > 0 else 'ahead of'}"


def _amount(span: Nanos) -> str:
    return f"{span / MINUTE:,.1f} min" if span >= MINUTE else f"{span / SECOND:,.1f} s"
