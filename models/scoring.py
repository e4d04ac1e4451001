"""From feature values to the probabilities of the three classes."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.artefact import Artefact
from models.network import build, names

Floats = NDArray[np.float64]


class Scorer(Protocol):
    """Scores feature values (unscaled, in the card's order); the probabilities sum to 1."""

    def score(self, values: Sequence[float]) -> tuple[float, float, float]:
        """Probabilities of (down, flat, up)."""


class NumpyScorer:
    """The network written out in numpy, float64: for virtual runs and whole sessions.

    It equals TorchScorer to 1e-6 (tested).
    """

    def __init__(self, artefact: Artefact) -> None:
        self._mean = np.array(artefact.card.mean)
        self._std = np.array(artefact.card.std)
        self._clip = artefact.card.clip
        self._layers = artefact.layers

    def score(self, values: Sequence[float]) -> tuple[float, float, float]:
        down, flat, up = self.probabilities(np.array(values)).tolist()
        return down, flat, up

    def probabilities(self, rows: Floats) -> Floats:
        """(..., features) -> (..., 3)."""
        signal = np.clip((rows - self._mean) / self._std, -self._clip, self._clip)
        for layer in self._layers[:-1]:
            signal = np.tanh(signal @ layer.weight.T + layer.bias)
        logits = signal @ self._layers[-1].weight.T + self._layers[-1].bias
        powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
        shares: Floats = powers / powers.sum(axis=-1, keepdims=True)
        return shares


class TorchScorer:
    """The network in torch, float64, one thread: for live runs."""

    def __init__(self, artefact: Artefact) -> None:
        import torch

        torch.set_num_threads(1)
        card = artefact.card
        self._torch = torch
        self._mean = torch.tensor(card.mean, dtype=torch.float64)
        self._std = torch.tensor(card.std, dtype=torch.float64)
        self._clip = card.clip
        self._network = build(card.layers).double().eval()
        self._network.load_state_dict(
            {
                key: torch.from_numpy(array)
                for pair, layer in zip(names(card.layers), artefact.layers, strict=True)
                for key, array in zip(pair, layer, strict=True)
            }
        )

    def score(self, values: Sequence[float]) -> tuple[float, float, float]:
        torch = self._torch
        with torch.inference_mode():
            row = torch.tensor(values, dtype=torch.float64)
            scaled = torch.clamp((row - self._mean) / self._std, -self._clip, self._clip)
            down, flat, up = torch.softmax(self._network(scaled), dim=-1).tolist()
        return down, flat, up
