"""What an account is opened with, and a YAML file of several."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import yaml

Positive = Annotated[int, msgspec.Meta(gt=0)]


class AccountConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An account to open. Amounts in USD, `max_position` in micros (a mini counts ten), no loss
    limit where it is None, the mode of gateway.md 5.1."""

    id: Annotated[int, msgspec.Meta(gt=0, lt=1 << 31)] = 48_120_077
    name: Annotated[str, msgspec.Meta(min_length=1)] = "PRAC-V2-000111-22223333"
    balance: Annotated[int, msgspec.Meta(ge=0)] = 50_000
    max_position: Positive = 50
    max_loss: Positive | None = None
    daily_loss: Positive | None = None
    mode: Literal["auto_oco", "position_brackets"] = "auto_oco"


class AccountFileError(Exception):
    """What is wrong with the file, in one line."""


def read_accounts(path: Path) -> tuple[AccountConfig, ...]:
    """The accounts of a file: a YAML list of mappings with the keys of `AccountConfig`."""
    try:
        content = yaml.safe_load(path.read_bytes())
        rows = msgspec.convert(content, tuple[AccountConfig, ...])
    except OSError as error:
        raise AccountFileError(f"{path}: {error.strerror or error}") from None
    except yaml.YAMLError as error:
        raise AccountFileError(f"{path}: not YAML: {' '.join(str(error).split())}") from None
    except msgspec.ValidationError as error:
        keys = ", ".join(AccountConfig.__struct_fields__)
        raise AccountFileError(f"{path}: {error}; wanted is a list of accounts: {keys}") from None
    if not rows:
        raise AccountFileError(f"{path}: holds no account; list at least one, such as - {{id: 1}}")
    number, times = Counter(row.id for row in rows).most_common(1)[0]
    if times > 1:
        raise AccountFileError(f"{path}: {times} accounts have id {number}; give each its own")
    return rows
