"""What is wrong with the settings, in one line each, without ever repeating a secret."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from math import isinf, isnan

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from config import kinds
from config.schema import Section, Settings

SECTIONS = {
    name: kind
    for name, field in Settings.model_fields.items()
    if not field.exclude
    and isinstance(kind := field.annotation, type)
    and issubclass(kind, Section)
}
KEYS = tuple(f"{name}.{key}" for name, section in SECTIONS.items() for key in section.model_fields)

_SHORTEST_SECRET = 4  # anything shorter would blot out ordinary words


@dataclass(frozen=True)
class Problem:
    """One mistake: the file (or `-o`, `environment`) it is in, its dotted path, what is wrong."""

    source: str
    path: str
    words: str

    def line(self) -> str:
        what = f"{self.path} {self.words}" if self.path else self.words
        return f"settings: {self.source}: {what}"


class SettingsError(Exception):
    """The settings cannot be used; str() is one line for each mistake."""

    def __init__(self, problems: Iterable[Problem], secrets: Iterable[str] = ()) -> None:
        lines = (_presentable(problem.line(), secrets) for problem in problems)
        self.lines = tuple(dict.fromkeys(lines))
        super().__init__("\n".join(self.lines))


def _presentable(line: str, secrets: Iterable[str]) -> str:
    """One line of printable characters, with every secret in it blotted out."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET:
            line = line.replace(secret, "********")
    return "".join(c if c.isprintable() else "?" for c in line)


def told(value: object) -> str:
    """A value in an error, as one would write it in the file."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and (isnan(value) or isinf(value)):
        return ".nan" if isnan(value) else ".inf" if value > 0 else "-.inf"
    if isinstance(value, dict):
        return "a section"
    if isinstance(value, list):
        return f"[{', '.join(told(item) for item in value)}]"
    # As it stands, for a secret must be found in it.
    return f"'{value}'" if isinstance(value, str) else str(value)


def unknown(path: str) -> str:
    """The words for a path that is no setting, with the nearest one that is."""
    key = path.rpartition(".")[2].lower().replace("_", "").replace("-", "")
    if key in {"username", "apikey", "credentials"}:
        return (
            "is a secret, which is never read from here: set TOPSTEPX_USERNAME and "
            "TOPSTEPX_API_KEY in the environment or in .env"
        )
    if path in SECTIONS:
        return f"is a section: name one of its settings, as {path}.KEY"
    if path in KEYS:
        return f"must stand under {path.partition('.')[0]}:, on a line of its own"
    near = _nearest(path)
    return f"is not a setting (did you mean {near}?)" if near else "is not a setting"


def _nearest(path: str) -> str | None:
    section, _, key = path.rpartition(".")
    if "." not in path and (near := get_close_matches(path, SECTIONS, 1)):
        return near[0]
    here = [known for known in KEYS if section and known.startswith(f"{section}.")]
    for among in (here, KEYS):
        by_key = {known.rpartition(".")[2]: known for known in among}
        if near := get_close_matches(key, by_key, 1, cutoff=0.7):
            return by_key[near[0]]
    near = get_close_matches(path, KEYS, 1, cutoff=0.7) or get_close_matches(section, SECTIONS, 1)
    return near[0] if near else None


def of_validation(error: ValidationError) -> list[tuple[str, str]]:
    """Dotted path and words of every error that the schema found."""
    found = []
    for one in error.errors(include_url=False):
        path = ".".join(str(part) for part in one["loc"])
        words = unknown(path) if one["type"] == "extra_forbidden" else _words(one)
        found.append((path, words))
    return found


def _words(error: ErrorDetails) -> str:
    match error["type"]:
        case "missing":
            return "is missing"
        case "model_type":
            return f"must be a section with settings of its own, not {told(error['input'])}"
        case "literal_error":
            return f"must be {error['ctx']['expected']}, not {told(error['input'])}"
        case kinds.EXPECTED:
            return f"must be {error['msg']}, not {told(error['input'])}"
        case _:
            return error["msg"]
