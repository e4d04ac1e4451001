"""Loads weights and card, and refuses whatever does not fit together."""

import io
import warnings
from hashlib import sha256
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.card import Card
from models.features import FEATURES
from models.network import CLASSES, names

SCHEMA = 1


class ArtefactError(ValueError):
    """A model that must not trade; the message is one line naming the file and what is wrong."""


class Layer(NamedTuple):
    """One linear layer in float64: weight (outputs, inputs), bias (outputs,)."""

    weight: NDArray[np.float64]
    bias: NDArray[np.float64]


class Artefact(NamedTuple):
    card: Card
    layers: tuple[Layer, ...]


def load(path: Path, card: Path) -> Artefact:
    """The network of weights file `path`, checked against its `card`. Raises ArtefactError."""
    content, text = _read(path), _read(card)
    try:
        described = msgspec.json.decode(text, type=Card)
    except msgspec.MsgspecError as error:
        raise ArtefactError(f"model: {card}: not a model card: {error}") from error
    if (fault := _fault(described)) is not None:
        raise ArtefactError(f"model: {card}: {fault}")
    found = sha256(content).hexdigest()
    if found != described.sha256:
        raise ArtefactError(
            f"model: {path}: sha256 is {found[:12]}..., the card {card} says"
            f" {described.sha256[:12]}...: train again or restore the file"
        )
    return Artefact(described, _layers(path, content, described.layers))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ArtefactError(
            f"model: {path}: {error.strerror or error}: check model.path and model.config"
        ) from error


def _fault(card: Card) -> str | None:
    """What is wrong with a card in itself, or with it for this engine; None if nothing."""
    width = len(FEATURES)
    numbers = (*card.mean, *card.std, card.clip)
    if card.schema != SCHEMA:
        return f"schema {card.schema} is not {SCHEMA}"
    if card.features != FEATURES:
        return "its features are not the ones this engine computes: train again"
    if card.classes != CLASSES:
        return f"its classes are not {', '.join(CLASSES)}"
    if len(card.mean) != width or len(card.std) != width:
        return f"mean and std must have {width} values"
    if not all(isfinite(number) for number in numbers) or min(*card.std, card.clip) <= 0:
        return "mean, std and clip must be finite, std and clip above 0"
    if len(card.layers) < 2 or (card.layers[0], card.layers[-1]) != (width, len(CLASSES)):
        return f"layers must lead from {width} to {len(CLASSES)}, not {list(card.layers)}"
    return None


def _layers(path: Path, content: bytes, sizes: tuple[int, ...]) -> tuple[Layer, ...]:
    state = _state(path, content)
    expected = [key for pair in names(sizes) for key in pair]
    if set(state) != set(expected):
        found = sorted(map(str, state))
        raise ArtefactError(f"model: {path}: holds {found}, not {sorted(expected)}")
    layers = []
    for k, (weight, bias) in enumerate(names(sizes)):
        inputs, outputs = sizes[k], sizes[k + 1]
        layers.append(
            Layer(
                _array(path, state, weight, (outputs, inputs)),
                _array(path, state, bias, (outputs,)),
            )
        )
    return tuple(layers)


def _state(path: Path, content: bytes) -> dict[str, Any]:
    import torch

    torch.set_num_threads(1)
    try:
        with warnings.catch_warnings(action="ignore"):  # one line is enough, and it is ours
            state = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except Exception as error:  # whatever torch's readers do, with advice to trust the file
        raise ArtefactError(
            f"model: {path}: not a weights file ({type(error).__name__}): it must hold what"
            " torch.save(network.state_dict()) writes"
        ) from error
    if not isinstance(state, dict):
        raise ArtefactError(f"model: {path}: holds a {type(state).__name__}, not a state dict")
    return state


def _array(
    path: Path, state: dict[str, Any], key: str, shape: tuple[int, ...]
) -> NDArray[np.float64]:
    import torch

    tensor = state[key]
    if not isinstance(tensor, torch.Tensor) or tuple(tensor.shape) != shape:
        found = tuple(getattr(tensor, "shape", ()))
        raise ArtefactError(f"model: {path}: {key} has shape {found}, the card says {shape}")
    if tensor.dtype not in (torch.float32, torch.float64) or tensor.layout is not torch.strided:
        kind = f"{tensor.dtype} {tensor.layout}"
        raise ArtefactError(f"model: {path}: {key} is {kind}, not dense float32 or float64")
    array: NDArray[np.float64] = tensor.detach().to(torch.float64).numpy()
    if not np.isfinite(array).all():
        raise ArtefactError(f"model: {path}: {key} holds values that are not finite")
    return array
