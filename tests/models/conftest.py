"""A small untrained model on disk, and bars to show it."""

from hashlib import sha256
from io import BytesIO
from pathlib import Path
from random import Random
from typing import NamedTuple

import msgspec
import pytest
import torch

from models.artefact import SCHEMA
from models.card import Card, Seeds
from models.features import FEATURES
from models.network import CLASSES, build

WIDTH = len(FEATURES)


class Files(NamedTuple):
    """Where a test's model lies; `ship` writes another one there."""

    weights: Path
    card: Path

    def ship(self, content: bytes, **fields: object) -> None:
        described = msgspec.structs.replace(plain(sha256(content).hexdigest()), **fields)
        self.weights.write_bytes(content)
        self.card.write_bytes(msgspec.json.encode(described))


def plain(hexdigest: str) -> Card:
    rng = Random(1)
    return Card(
        schema=SCHEMA,
        name="small",
        sha256=hexdigest,
        features=FEATURES,
        mean=tuple(rng.uniform(-1, 1) for _ in FEATURES),
        std=tuple(rng.uniform(0.5, 2) for _ in FEATURES),
        clip=4.0,
        horizon_s=10,
        classes=CLASSES,
        layers=(WIDTH, 6, 3),
        command="none",
        torch=str(torch.__version__),
        seeds=Seeds((1, 1), (2, 2), (3, 3), (4, 4), 1),
        training={},
        figures=None,
    )


def packed(state: object) -> bytes:
    stream = BytesIO()
    torch.save(state, stream)
    return stream.getvalue()


@pytest.fixture
def state() -> dict[str, torch.Tensor]:
    torch.manual_seed(3)
    found: dict[str, torch.Tensor] = build((WIDTH, 6, 3)).state_dict()
    return found


@pytest.fixture
def files(tmp_path: Path, state: dict[str, torch.Tensor]) -> Files:
    made = Files(tmp_path / "small.pt", tmp_path / "small.json")
    made.ship(packed(state))
    return made
