"""Variables that settings may use: the process environment first, then .env, which is only read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dotenv import dotenv_values
from pydantic import SecretStr

from config.problems import Problem, SettingsError

USERNAME = "TOPSTEPX_USERNAME"
API_KEY = "TOPSTEPX_API_KEY"
ACCOUNT_ID = "TOPSTEPX_ACCOUNT_ID"
SECRETS = frozenset({USERNAME, API_KEY, "PROJECTX_USERNAME", "PROJECTX_API_KEY"})


@dataclass(frozen=True)
class Environment:
    """Variables by name, an empty one counting as unset; older names may stand in for ours."""

    values: Mapping[str, str] = field(repr=False)
    origins: Mapping[str, str]
    older_names: Mapping[str, str]

    def secret(self, name: str) -> SecretStr | None:
        return SecretStr(self.values[name]) if name in self.values else None

    @property
    def secrets(self) -> frozenset[str]:
        """Values that must not be repeated anywhere."""
        return frozenset(self.values[name] for name in SECRETS & self.values.keys())

    @property
    def warnings(self) -> tuple[str, ...]:
        return tuple(
            f"settings: {self.origins[name]}: {older} stands in for {name}: rename it"
            for name, older in self.older_names.items()
        )


def gather(environ: Mapping[str, str], dotenv: Path | None) -> Environment:
    """Both places as one; SettingsError when .env is there but cannot be read."""
    values: dict[str, str] = {}
    origins: dict[str, str] = {}
    for origin, variables in ((".env", _read(dotenv)), ("environment", environ)):
        for name, value in variables.items():
            if value and value.strip():
                values[name], origins[name] = value.strip(), origin
    older_names = {}
    for name in (USERNAME, API_KEY, ACCOUNT_ID):
        older = name.replace("TOPSTEPX_", "PROJECTX_")
        if name not in values and older in values:
            values[name], origins[name] = values[older], origins[older]
            older_names[name] = older
    return Environment(values, origins, older_names)


def _read(dotenv: Path | None) -> Mapping[str, str | None]:
    if dotenv is None or not dotenv.exists():
        return {}
    try:
        # Without interpolation: a `$` in a key is part of the key.
        return dotenv_values(dotenv, interpolate=False, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SettingsError([Problem(str(dotenv), "", f"cannot be read: {why}")]) from None
