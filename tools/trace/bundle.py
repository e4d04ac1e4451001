"""A session in one zip for a bug report, without anybody's names, numbers and secrets.

Left out are the ledger and the venue's journal (all requests are in the trace), and the trades of
other sessions.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import msgspec

from actors.runtime.segments import LIVE, Segment, segments
from config.environment import ACCOUNT_ID, API_KEY, USERNAME, Environment
from config.show import show
from messages.market import DATA
from messages.position import AccountEvent
from tools.trace.promises import settings_of
from tools.trace.pseudonyms import Pseudonyms
from tools.trace.trace import Trace

BESIDE = (("trading", "log"), ("metrics", "json"))
"""What stands beside trace_DATE.jsonl, by the beginning and the ending of its name."""
LEFT_OUT = ("ledger.sqlite", "venue_DATE.jsonl", "trades_DATE.csv", "simulator.log")
_NAME = re.compile(r"trace_(.+)\.jsonl(\.1)?")
_MARKET = frozenset(kind.__name__ for kind in DATA)


class _Line(msgspec.Struct, frozen=True):
    kind: str
    type: str = ""
    error: str = ""

    @property
    def market(self) -> bool:
        return self.type in _MARKET

    @property
    def bare(self) -> bool:
        """Whether there is no text in it that could name anybody: numbers and the engine's own
        names only.
        """
        return not self.error if self.kind == "delivery" else self.market


_LINE = msgspec.json.Decoder(_Line)


class Member(NamedTuple):
    name: str
    bytes: int


def bundle(
    trace: Trace, target: Path, environment: Environment, market: bool = True
) -> list[Member]:
    """Write the zip; what is in it. Without `market` the trace has no quotes, prints and depth.

    `environment` may hold the login, which is taken out wherever it stands. Raises FileExistsError
    where the target is there already: it is never written over.
    """
    hidden = _known(trace, environment)
    zip_ = ZipFile(target, "x")
    try:
        with zip_:
            return list(_written(zip_, trace, hidden, market))
    except BaseException:
        target.unlink()
        raise


def _written(zip_: ZipFile, trace: Trace, hidden: Pseudonyms, market: bool) -> Iterator[Member]:
    parts = segments(trace.path)
    for part in parts:
        name = _named(trace.path, part, parts, market)
        yield _add(zip_, name, _hidden(part, hidden, market))
    if not market:
        first = next(_lines(parts[0]))  # the live file, where the readers of a trace begin
        yield _add(zip_, trace.path.name, [hidden.line(first)])
    for path in _beside(trace.path):
        with path.open(encoding="utf-8", errors="replace") as file:
            yield _add(zip_, path.name, (hidden.text(line).encode() for line in file))
    if (settings := settings_of(trace.header)) is not None:
        told = [line for line in show(settings).splitlines(keepends=True) if line[0] != "#"]
        yield _add(zip_, "settings.yaml", (hidden.text(line).encode() for line in told))
    about = {
        "schema": 1,
        "trace": trace.path.name,
        "market_data": market,
        "torn_bytes": trace.index.torn,
        "accounts": hidden.accounts,
        "commit": trace.header.commit,
        "versions": trace.header.versions,
        "left_out": LEFT_OUT,
    }
    text = hidden.text(msgspec.json.format(msgspec.json.encode(about)).decode())
    yield _add(zip_, "about.json", [f"{text}\n".encode()])


def _known(trace: Trace, environment: Environment) -> Pseudonyms:
    values = environment.values
    users = [values[USERNAME]] if USERNAME in values else []
    secrets = [values[API_KEY]] if API_KEY in values else []
    hidden = Pseudonyms(users, secrets)
    for line in trace.sent(AccountEvent):
        if isinstance(event := line.body, AccountEvent):
            hidden.account(event.account.id, event.account.name)
    for wanted in (trace.header.config.get("api", {}).get("account_id"), values.get(ACCOUNT_ID)):
        if wanted is not None:
            hidden.account(wanted)
    return hidden


def _beside(trace: Path) -> Iterator[Path]:
    if match := _NAME.fullmatch(trace.name):
        for begins, ends in BESIDE:
            path = trace.with_name(f"{begins}_{match[1]}.{ends}{match[2] or ''}")
            if path.exists():
                yield path


def _lines(part: Segment) -> Iterator[bytes]:
    with part.open() as file:
        for line in file:
            if line.endswith(b"\n"):
                yield line


def _hidden(part: Segment, hidden: Pseudonyms, market: bool) -> Iterator[bytes]:
    for line in _lines(part):
        known = _LINE.decode(line)
        if market or not known.market:
            yield line if known.bare else hidden.line(line)


def _named(trace: Path, part: Segment, parts: list[Segment], market: bool) -> str:
    """A segment without its market data is one that has been thinned; the live file cannot be."""
    if part.number == LIVE and market:
        return trace.name
    number = part.number
    if number == LIVE:
        number = max((one.number for one in parts if one.number < LIVE), default=0) + 1
    stem, _, older = trace.name.partition(".jsonl")
    thin = "" if market and not part.thin else ".thin"
    return f"{stem}.{number:04d}{thin}.jsonl{older}"


def _add(zip_: ZipFile, name: str, lines: Iterable[bytes]) -> Member:
    """A member is dated by nothing: the same session makes the same bundle."""
    info = ZipInfo(name)
    info.compress_type = ZIP_DEFLATED
    size = 0
    with zip_.open(info, "w", force_zip64=True) as file:
        for line in lines:
            size += file.write(line)
    return Member(name, size)
