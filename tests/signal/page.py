"""The strategy that docs/strategies.md shows, as its reader would save it."""

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "strategies.md"
SETTING = "trading.strategy=my_strategy:FollowTape"


def source() -> str:
    """The page's one block of Python."""
    (block,) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)
    return str(block)


def save(folder: Path) -> None:
    (folder / "my_strategy.py").write_text(source(), "utf-8")
