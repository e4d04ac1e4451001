"""Faults from a YAML file: a list of mappings with the keys of `Wanted`."""

from pathlib import Path

import msgspec
import yaml

from tools.simulator.faults import Wanted


class FaultFileError(Exception):
    """What is wrong with the file, in one line."""


def read_faults(path: Path) -> tuple[Wanted, ...]:
    """The faults of a file; names and targets are checked by the venue that plans them."""
    try:
        content = yaml.safe_load(path.read_bytes())
        return msgspec.convert(content, tuple[Wanted, ...])
    except OSError as error:
        raise FaultFileError(f"{path}: {error.strerror or error}") from None
    except yaml.YAMLError as error:
        raise FaultFileError(f"{path}: not YAML: {' '.join(str(error).split())}") from None
    except msgspec.ValidationError as error:
        raise FaultFileError(f"{path}: {error}") from None
