"""Another model: the shipped one's card, with weights from a dice."""

from hashlib import sha256
from pathlib import Path
from random import Random

import msgspec
import torch

from models.card import Card

MODELS = Path(__file__).resolve().parents[2] / "models"


def shipped() -> Card:
    """The card of the shipped model."""
    return msgspec.json.decode((MODELS / "scalper_v1_config.json").read_bytes(), type=Card)


def random_weights(folder: Path, seed: int) -> tuple[Path, Path]:
    """(weights, card) of a network like the shipped one whose every weight is a random number."""
    rng = Random(seed)
    state = torch.load(MODELS / "scalper_v1.pt", weights_only=True)
    for tensor in state.values():
        tensor.apply_(lambda _: rng.uniform(-1, 1))
    weights, card = folder / "random.pt", folder / "random.json"
    torch.save(state, weights)
    named = msgspec.structs.replace(shipped(), sha256=sha256(weights.read_bytes()).hexdigest())
    card.write_bytes(msgspec.json.encode(named))
    return weights, card
