"""Settings from a file, the command line and the environment; or every mistake in them at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from pydantic import ValidationError

from config.document import OVERRIDE, read_override, read_sections
from config.environment import API_KEY, USERNAME, Environment, gather
from config.presets import PRESETS
from config.problems import KEYS, SECTIONS, Problem, SettingsError, of_validation, unknown
from config.schema import Credentials, Settings

SIMULATED = Path(__file__).with_name("simulated.yaml")
"""The file that is loaded when none is named."""


@dataclass(frozen=True)
class Loaded:
    """Valid settings, warnings for the operator (one line each), and where each setting came from.

    `sources` maps a dotted path to the file's name, `-o`, `preset NAME` or `default`.
    """

    settings: Settings
    warnings: tuple[str, ...]
    sources: Mapping[str, str]


@dataclass
class _Draft:
    """Values as given, before the schema has seen them."""

    file: str
    values: dict[str, object]
    problems: list[Problem]
    sources: dict[str, str]


def load(
    path: Path | None,
    overrides: Sequence[str] = (),
    *,
    environ: Mapping[str, str],
    dotenv: Path | None = None,
) -> Loaded:
    """The settings of the file (simulated.yaml when None), each `section.key=value` laid over it.

    ${NAME} is filled from `environ`, then from the file `dotenv`. Raises SettingsError.
    """
    environment = gather(environ, dotenv)
    draft = _read_file(path, environment)
    _lay_over(draft, overrides, environment)
    _fill_in(draft)
    credentials = _credentials(draft, environment)
    settings = _validated(draft, credentials)
    if settings is None or draft.problems:
        raise SettingsError(draft.problems, environment.secrets)
    sources = {key: draft.sources.get(key, "default") for key in KEYS}
    # The embedded simulator has a login of its own.
    warnings = () if settings.simulator.embedded else environment.warnings
    return Loaded(settings, warnings, MappingProxyType(sources))


def _read_file(path: Path | None, environment: Environment) -> _Draft:
    name = str(path) if path else f"config/{SIMULATED.name}"
    try:
        text = (path or SIMULATED).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        problem = Problem(name, "", f"cannot be read: {why}")
        raise SettingsError([problem], environment.secrets) from None
    values, problems = read_sections(text, name, environment)
    sources = {
        f"{section}.{key}": name
        for section, body in values.items()
        if isinstance(body, dict)
        for key in body
    }
    # A section left out, or left empty, has every default; what has none is then named key by key.
    for section in SECTIONS:
        if values.get(section) is None:
            values[section] = {}
    return _Draft(name, values, problems, sources)


def _lay_over(draft: _Draft, overrides: Sequence[str], environment: Environment) -> None:
    for text in overrides:
        path, value, problems = read_override(text, environment)
        section, _, key = path.partition(".")
        if path not in KEYS:
            draft.problems += problems or [Problem(OVERRIDE, path, unknown(path))]
            continue
        # What was given there before no longer matters, not even when it was wrong.
        draft.problems = [one for one in draft.problems if one.path != path] + problems
        if isinstance(body := draft.values[section], dict):
            body[key] = value
            draft.sources[path] = OVERRIDE


def _fill_in(draft: _Draft) -> None:
    """The preset's values, where nothing (or null) is stated."""
    risk = draft.values["risk"]
    name = risk.get("preset") if isinstance(risk, dict) else None
    for path, value in PRESETS.get(name, {}).items() if isinstance(name, str) else ():
        section, _, key = path.partition(".")
        body = draft.values[section]
        if isinstance(body, dict) and body.get(key) is None:
            body[key] = value
            draft.sources[path] = f"preset {name}"


def _credentials(draft: _Draft, environment: Environment) -> Credentials:
    """The login; none for the embedded simulator, which must not be shown a real one."""
    if draft.values.pop("credentials", None) is not None:
        draft.problems.append(Problem(draft.file, "credentials", unknown("credentials")))
    simulator = draft.values["simulator"]
    if isinstance(simulator, dict) and simulator.get("embedded", False) is not False:
        return Credentials()
    for name in (USERNAME, API_KEY):
        if name not in environment.values:
            words = "is not set: set it in the environment or in .env"
            draft.problems.append(Problem("environment", name, words))
    return Credentials(username=environment.secret(USERNAME), api_key=environment.secret(API_KEY))


def _validated(draft: _Draft, credentials: Credentials) -> Settings | None:
    """The settings, or None with what is wrong in them added to the draft's problems."""
    try:
        return Settings.model_validate({**draft.values, "credentials": credentials})
    except ValidationError as error:
        known = {problem.path for problem in draft.problems}
        draft.problems += [
            Problem(draft.sources.get(path, draft.file), path, words)
            for path, words in of_validation(error)
            if path not in known
        ]
        return None
