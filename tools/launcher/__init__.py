"""The installed package `failflat`: starts the application without leaking its package names.

Installed from a wheel, the application lies in the folder `app` beside this file; in an editable
install this file is tools/launcher/__init__.py of the checkout.
"""

import sys
from importlib import import_module
from pathlib import Path


def application_root() -> Path:
    """The folder that holds supervisor.py."""
    here = Path(__file__).resolve().parent
    shipped = here / "app"
    return shipped if shipped.is_dir() else here.parents[1]


def main() -> None:
    """What the console script `failflat` runs: the same as `python supervisor.py`."""
    sys.path.insert(0, str(application_root()))
    # By name, because supervisor can be found only now that its folder is on sys.path.
    sys.exit(import_module("supervisor").main())
