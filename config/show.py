"""The settings as text: what a run would use, and the hash that names them in a trace."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import time
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

import yaml

from config.document import scalar
from config.environment import API_KEY, USERNAME
from config.schema import Settings


def show(settings: Settings, sources: Mapping[str, str] = MappingProxyType({})) -> str:
    """The settings as YAML that loads to the same settings; the login is masked, in comments, and a
    comment names the source of each setting that `sources` (dotted paths) knows.
    """
    text = yaml.dump(
        plain(settings),
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=False,
        width=float("inf"),
    )
    text = "".join(_sourced(text.splitlines(), sources))
    login = settings.credentials
    secrets = ((USERNAME, login.username), (API_KEY, login.api_key))
    comments = (f"# {name}: {'********' if secret else 'not set'}\n" for name, secret in secrets)
    return text + "".join(comments)


_KEY = re.compile(r"( *)(\w+):")


def _sourced(lines: Iterable[str], sources: Mapping[str, str]) -> Iterator[str]:
    section = ""
    for line in lines:
        found = _KEY.match(line)
        if found and not found[1]:
            section = found[2]
        source = sources.get(f"{section}.{found[2]}") if found else None
        yield f"{line}  # {source}\n" if source else f"{line}\n"


def settings_hash(settings: Settings) -> str:
    """First 12 hex digits of the SHA-256 of all settings but the login; 50 and 50.0 are equal."""
    text = json.dumps(plain(settings), sort_keys=True, default=_digits)
    return sha256(text.encode()).hexdigest()[:12]


def plain(settings: Settings) -> dict[str, dict[str, object]]:
    """Every setting but the login, by section, as YAML and JSON can hold them (money: Decimal)."""
    return {
        section: {key: _value(value) for key, value in body.items()}
        for section, body in settings.model_dump().items()
    }


def _value(value: object) -> object:
    match value:
        case time():
            return f"{value:%H:%M}"
        case Path():
            return value.as_posix()
        case StrEnum():
            return value.value
        case (only,):
            return _value(only)
        case tuple():
            return [_value(one) for one in value]
        case _:
            return value


def _digits(number: Decimal) -> str:
    """A Decimal without exponent or trailing zeros, so that equal amounts read the same."""
    text = f"{number:f}" if number else "0"
    return text.rstrip("0").rstrip(".") if "." in text else text


_WORD = re.compile(r"[A-Za-z_][\w./-]*", re.ASCII)


class _Dumper(yaml.SafeDumper):
    """Quotes all text but plain words, and writes Decimals as the numbers they are."""

    def text(self, text: str) -> yaml.ScalarNode:
        quoted = None if _WORD.fullmatch(text) and scalar(text) == text else '"'
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=quoted)

    def decimal(self, number: Decimal) -> yaml.ScalarNode:
        text = _digits(number)
        kind = "float" if "." in text else "int"
        return self.represent_scalar(f"tag:yaml.org,2002:{kind}", text)


_Dumper.add_representer(str, _Dumper.text)
_Dumper.add_representer(Decimal, _Dumper.decimal)
