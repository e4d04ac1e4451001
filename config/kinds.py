"""The kinds of value a setting can have: each makes its type of what YAML gave, or says why not.

A kind raises `expected` (the report adds the value) or `fault` (a value that must not be repeated).
Numbers refuse booleans, NaN and infinities; fractions arrive as Decimal or float.
"""

import re
from collections.abc import Callable
from datetime import time
from decimal import Decimal
from ipaddress import ip_address
from pathlib import Path
from typing import Any, cast
from urllib.parse import SplitResult, urlsplit

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from config.blackouts import blackout
from config.timeframe import parse
from messages.hub import Stream

EXPECTED = "expected"
FAULT = "fault"

_CENT_OF_A_CENT = Decimal("0.0001")
_SYMBOL = re.compile(r"[A-Z0-9]{1,6}")
_CONTRACT_ID = re.compile(r"CON\.F\.[A-Z]+\.[A-Z0-9]+\.[FGHJKMNQUVXZ][0-9]{2}")
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_STRATEGY = re.compile(r"model|[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*", re.ASCII)


def expected(what: str) -> PydanticCustomError:
    """The error "must be WHAT, not VALUE"."""
    return PydanticCustomError(EXPECTED, "{words}", {"words": what})


def fault(words: str) -> PydanticCustomError:
    """An error in its own words, which does not repeat the value."""
    return PydanticCustomError(FAULT, "{words}", {"words": words})


def _amount(given: object, low: Decimal, high: Decimal) -> Decimal | None:
    """The number given, exactly as written, or None when it is none or out of range."""
    if isinstance(given, bool) or not isinstance(given, int | float | Decimal):
        return None
    amount = Decimal(str(given))
    return amount if amount.is_finite() and low <= amount <= high else None


def number(low: str, high: str) -> BeforeValidator:
    """A float within [low, high]: a confidence, a duration."""

    def check(given: object) -> float:
        amount = _amount(given, Decimal(low), Decimal(high))
        if amount is None:
            raise expected(f"a number from {low} to {high}")
        return float(amount)

    return BeforeValidator(check)


def exact(low: str, high: str) -> BeforeValidator:
    """A Decimal within [low, high]: a factor that enters prices or money."""

    def check(given: object) -> Decimal:
        amount = _amount(given, Decimal(low), Decimal(high))
        if amount is None:
            raise expected(f"a number from {low} to {high}")
        return amount

    return BeforeValidator(check)


def dollars(low: str, high: str) -> BeforeValidator:
    """A Decimal of US dollars within [low, high], whole in the engine's unit, 1/10,000 dollar."""

    def check(given: object) -> Decimal:
        amount = _amount(given, Decimal(low), Decimal(high))
        if amount is None or amount % _CENT_OF_A_CENT:
            raise expected(f"dollars from {low} to {high}, with at most 4 decimals")
        return amount

    return BeforeValidator(check)


def whole(low: int, high: int) -> BeforeValidator:
    """An int within [low, high]."""

    def check(given: object) -> int:
        if isinstance(given, bool) or not isinstance(given, int) or not low <= given <= high:
            raise expected(f"a whole number from {low} to {high}")
        return given

    return BeforeValidator(check)


def optional(kind: BeforeValidator) -> BeforeValidator:
    """The same kind, or null."""
    check = cast(Callable[[object], object], kind.func)  # none of ours asks for more
    return BeforeValidator(lambda given: None if given is None else check(given))


def _switch(given: object) -> bool:
    if not isinstance(given, bool):
        raise expected("true or false")
    return given


def _path(given: object) -> Path:
    if isinstance(given, Path):
        return given
    if not isinstance(given, str) or not given.strip() or "\0" in given:
        raise expected("a path")
    return Path(given)


def _optional_path(given: object) -> Path | None:
    return None if given is None else _path(given)


def _clock(given: object) -> time:
    if isinstance(given, time):
        return given
    match = _CLOCK.fullmatch(given) if isinstance(given, str) else None
    if match is None:
        raise expected('a time as "HH:MM"')
    return time(int(match[1]), int(match[2]))


def _timeframes(given: object) -> tuple[str, ...]:
    found: list[str] = []
    for one in given if isinstance(given, list | tuple) else (given,):
        try:
            frame = parse(one) if isinstance(one, str) else None
        except ValueError:
            frame = None
        if frame is None:
            raise expected("a list of timeframes such as 5min, 1hr, 1day or 500vol")
        if frame.timed and frame.seconds == 1:
            raise fault(f"lists {one}: bars of one second are there without it")
        if str(frame) in found:
            raise fault(f"lists {frame} more than once")
        found.append(str(frame))
    return tuple(found)


def _account(given: object) -> int | str | None:
    if given is None:
        return None
    if isinstance(given, str):
        name = given.strip()
        given = int(name) if name.isascii() and name.isdigit() and len(name) < 19 else name
    if isinstance(given, bool) or not isinstance(given, int | str) or given in {0, ""}:
        raise expected("an account's number or name, or null for the first that can trade")
    if isinstance(given, int) and not 0 < given < 2**63:
        raise expected("an account's number or name, or null for the first that can trade")
    return given


def _contracts(given: object) -> tuple[str, ...]:
    listed = given if isinstance(given, list | tuple) else (given,)
    if not listed:
        raise fault("must list at least one contract")
    contracts: list[str] = []
    for one in listed:
        if not isinstance(one, str) or not (_SYMBOL.fullmatch(one) or _CONTRACT_ID.fullmatch(one)):
            raise expected(
                "a symbol such as MES, an id such as CON.F.US.MES.H26, or a list of these"
            )
        if one in contracts:
            raise fault(f"lists {one} more than once")
        contracts.append(one)
    return tuple(contracts)


def _streams(given: object) -> tuple[Stream, ...]:
    listed = given if isinstance(given, list | tuple) else (given,)
    names = [one.value if isinstance(one, Stream) else one for one in listed]
    known = [stream.value for stream in Stream]
    if not names or any(name not in known for name in names) or len(set(names)) < len(names):
        raise expected(f"a list of some of {', '.join(known)}, each once")
    return tuple(stream for stream in Stream if stream.value in names)


def _blackouts(given: object) -> tuple[str, ...]:
    listed = given if isinstance(given, list | tuple) else (given,)
    for one in listed:
        if not isinstance(one, str) or blackout(one) is None:
            raise expected('a list of spans as "08:25-08:35" or "2026-12-10T08:25/08:35"')
    return tuple(listed)


def _strategy(given: object) -> str:
    if not isinstance(given, str) or not _STRATEGY.fullmatch(given):
        raise expected("model, or a class as package.module:Class")
    return given


def is_loopback(host: str) -> bool:
    """Whether it is this machine."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _split(given: object, what: str) -> SplitResult:
    try:
        parts = urlsplit(given) if isinstance(given, str) else None
        if parts is None or not parts.hostname or re.search(r"[\s\x00-\x1f]", parts.geturl()):
            raise expected(what)
        _ = parts.port  # raises when it is no port
    except ValueError:
        raise expected(what) from None
    return parts


def _url(*secure_schemes: str) -> Callable[[Any], str]:
    """An address of one of these schemes, or of its open form (without the s) on this machine."""
    what = f"an address as {secure_schemes[0]}://HOST/..."

    def check(given: object) -> str:
        # Addresses end up in logs and traces: a login or a token may not ride in one, nor be told.
        if isinstance(given, str) and re.search("[@?#]", given):
            raise fault("must be an address alone, without login, query or fragment")
        parts = _split(given, what)
        secure = f"{parts.scheme}s"
        if secure in secure_schemes and not is_loopback(parts.hostname or ""):
            raise expected(f"a {secure}:// address ({parts.scheme}:// only on this machine)")
        if not {parts.scheme, secure} & set(secure_schemes):
            raise expected(what)
        return parts.geturl().rstrip("/")

    return check


def _optional_hub_url(given: object) -> str:
    return "" if given is None or given == "" else _HUB_URL(given)


_HUB_URL = _url("wss", "https")
"""Both forms are in use for hubs (gateway.md 1)."""

SWITCH = BeforeValidator(_switch)
PATH = BeforeValidator(_path)
OPTIONAL_PATH = BeforeValidator(_optional_path)
CLOCK = BeforeValidator(_clock)
ACCOUNT = BeforeValidator(_account)
CONTRACTS = BeforeValidator(_contracts)
TIMEFRAMES = BeforeValidator(_timeframes)
STREAMS = BeforeValidator(_streams)
BLACKOUTS = BeforeValidator(_blackouts)
STRATEGY = BeforeValidator(_strategy)
REST_URL = BeforeValidator(_url("https"))
HUB_URL = BeforeValidator(_HUB_URL)
OPTIONAL_HUB_URL = BeforeValidator(_optional_hub_url)
