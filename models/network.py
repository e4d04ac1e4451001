"""The network: a small multilayer perceptron from scaled features to three logits.

Torch is imported when it is needed: the import takes a second and 200 MB.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

CLASSES = ("down", "flat", "up")
"""What the logits stand for: the mid is at least a tick lower, within a tick, or higher."""
HIDDEN = (24, 24)


def build(sizes: Sequence[int]) -> "nn.Sequential":
    """Linear layers of `sizes` (inputs first, logits last) with tanh between them, float32."""
    from torch import nn

    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), nn.Tanh()]
    return nn.Sequential(*layers[:-1])


def names(sizes: Sequence[int]) -> tuple[tuple[str, str], ...]:
    """(weight, bias) keys of each layer in the network's state dict."""
    return tuple((f"{2 * k}.weight", f"{2 * k}.bias") for k in range(len(sizes) - 1))
