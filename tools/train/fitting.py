"""Fits the network: the same samples and plan give the same bytes on one machine."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from models.batch import Floats
from models.network import CLASSES, build, names
from tools.train.plan import Plan
from tools.train.samples import Classes, Samples

if TYPE_CHECKING:
    from torch import Tensor, nn

LEAST_STD = 1e-6
TEMPERATURES = np.geomspace(0.5, 2.0, 141)


class Fit(NamedTuple):
    """`weights` are the bytes of the state dict; the loss is of the validation markets, natural
    logarithm; `epoch` is the one it was least at.
    """

    weights: bytes
    sizes: tuple[int, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    epoch: int
    temperature: float
    loss: float


def fit(training: Sequence[Samples], validation: Sequence[Samples], plan: Plan) -> Fit:
    """Cross-entropy by AdamW with a one-cycle rate; the best epoch on validation is kept, then its
    logits are divided by the temperature that makes its confidence honest there.
    """
    import torch

    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    rows, classes = _joined(training)
    mean, std = rows.mean(axis=0), np.maximum(rows.std(axis=0), LEAST_STD)
    inputs = _scaled(rows, mean, std, plan.clip)
    held_rows, held_classes = _joined(validation)
    held = _scaled(held_rows, mean, std, plan.clip)
    sizes = (rows.shape[1], *plan.hidden, len(CLASSES))
    torch.manual_seed(plan.seeds.network)
    network = build(sizes)
    epoch = _descend(network, inputs, torch.from_numpy(classes), held, held_classes, plan)
    with torch.no_grad():
        logits = network(held).double().numpy()
    losses = [_loss(logits / temperature, held_classes) for temperature in TEMPERATURES]
    temperature = float(TEMPERATURES[int(np.argmin(losses))])
    return Fit(
        _bytes(network, sizes, temperature),
        sizes,
        tuple(mean.tolist()),
        tuple(std.tolist()),
        epoch,
        temperature,
        min(losses),
    )


def _joined(samples: Sequence[Samples]) -> tuple[Floats, Classes]:
    rows = np.concatenate([market.features for market in samples])
    return rows, np.concatenate([market.classes for market in samples])


def _scaled(rows: Floats, mean: Floats, std: Floats, clip: float) -> "Tensor":
    import torch

    return torch.from_numpy(np.clip((rows - mean) / std, -clip, clip).astype(np.float32))


def _descend(
    network: "nn.Sequential",
    inputs: "Tensor",
    classes: "Tensor",
    held: "Tensor",
    held_classes: Classes,
    plan: Plan,
) -> int:
    """Train in place and restore the epoch of least validation loss; returns it, from 1."""
    import torch
    from torch.nn.functional import cross_entropy

    batches = -(-len(inputs) // plan.batch)
    optimizer = torch.optim.AdamW(network.parameters(), lr=plan.rate, weight_decay=plan.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=plan.rate, total_steps=batches * plan.epochs
    )
    shuffle = torch.Generator().manual_seed(plan.seeds.network)
    best, kept, at = float("inf"), network.state_dict(), 0
    for epoch in range(1, plan.epochs + 1):
        order = torch.randperm(len(inputs), generator=shuffle)
        for rows in torch.split(order, plan.batch):
            optimizer.zero_grad()
            cross_entropy(network(inputs[rows]), classes[rows]).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
        with torch.no_grad():
            loss = _loss(network(held).double().numpy(), held_classes)
        if loss < best:
            best, at = loss, epoch
            kept = {key: value.clone() for key, value in network.state_dict().items()}
    network.load_state_dict(kept)
    return at


def _loss(logits: Floats, classes: Classes) -> float:
    """Mean negative log likelihood."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    normal = np.log(np.exp(shifted).sum(axis=1))
    return float((normal - shifted[np.arange(len(classes)), classes]).mean())


def _bytes(network: "nn.Sequential", sizes: Sequence[int], temperature: float) -> bytes:
    """The state dict as torch.save writes it, its logits divided by the temperature."""
    import torch

    state = {key: value.clone() for key, value in network.state_dict().items()}
    for key in names(sizes)[-1]:
        state[key] /= temperature
    stream = io.BytesIO()
    torch.save(state, stream)
    return stream.getvalue()
