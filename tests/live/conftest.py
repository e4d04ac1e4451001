"""The longer runs, started together at the first use of any of them: each has its own simulator."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.bench import Engine, Outcome
from tests.live.weights import random_weights

DEFAULT_S, OTHER_S = 60, 45
RECORDING = Path(__file__).resolve().parents[3] / "shared" / "data" / "esh4_20231225"


class Runs:
    """Engines by name; each is waited for once."""

    def __init__(self) -> None:
        self._engines: dict[str, Engine] = {}
        self._outcomes: dict[str, Outcome] = {}

    def start(self, name: str, folder: Path, *arguments: str) -> None:
        self._engines[name] = Engine.start(folder / name, *arguments)

    def __getitem__(self, name: str) -> Outcome:
        if name not in self._outcomes:
            self._outcomes[name] = self._engines[name].wait(250)
        return self._outcomes[name]

    def close(self) -> None:
        for engine in self._engines.values():
            engine.kill()


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """default; `unsure`: asks for more confidence than there is; `random`: random weights;
    `replay`: a recording (where there is one).
    """
    folder = tmp_path_factory.mktemp("runs")
    weights, card = random_weights(folder, seed=1)
    made = Runs()
    made.start("default", folder, f"--duration={DEFAULT_S}")
    made.start("unsure", folder, f"--duration={OTHER_S}", "-omodel.min_confidence=0.999")
    made.start(
        "random", folder, f"--duration={OTHER_S}", f"-omodel.path={weights}",
        f"-omodel.config={card}",
    )  # fmt: skip
    if RECORDING.with_name(f"{RECORDING.name}_trades.parquet").exists():
        made.start("replay", folder, f"--duration={OTHER_S}", f"--replay={RECORDING}")
    yield made
    made.close()


@pytest.fixture
def default(runs: Runs) -> Outcome:
    return runs["default"]
