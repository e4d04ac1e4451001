"""Packages the application under the one name `failflat`; the rest is declared in setup.cfg.

Names such as `config` and `messages` would collide with other projects in one site-packages. So the
wheel holds the application in the folder `failflat/app`; the package `failflat` (tools/launcher)
puts that folder, or in an editable install the checkout, on sys.path when it starts.
"""

from setuptools import find_packages, setup

ROOMS = ("actors", "config", "gateway", "messages", "models", "tools")
LAUNCHER = "tools.launcher"


def application() -> list[str]:
    """The application's packages, found below the names in ROOMS."""
    found = find_packages(include=[*ROOMS, *(f"{room}.*" for room in ROOMS)])
    return [name for name in found if name != LAUNCHER]


setup(
    package_dir={"failflat": LAUNCHER.replace(".", "/"), "failflat.app": "."},
    packages=["failflat", "failflat.app", *(f"failflat.app.{name}" for name in application())],
    package_data={
        "failflat.app.config": ["*.yaml", "*.csv"],
        "failflat.app.models": ["*.pt", "*.json"],
        "failflat.app.tools.simulator": ["*.csv"],
    },
)
