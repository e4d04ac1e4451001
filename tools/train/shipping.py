"""Writes weights and card, and trains what they hold."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import msgspec

from models.artefact import SCHEMA, Artefact, load
from models.card import Card
from models.features import FEATURES
from models.network import CLASSES
from tools.train.figures import measure, training
from tools.train.fitting import Fit, fit
from tools.train.plan import Plan
from tools.train.samples import HORIZON, Samples

NAME = "scalper_v1"


def paths(folder: Path) -> tuple[Path, Path]:
    """(weights, card) of the shipped model in a folder."""
    return folder / f"{NAME}.pt", folder / f"{NAME}_config.json"


def train(
    plan: Plan, folder: Path, command: str, recording: Samples | None, say: Callable[[str], None]
) -> Card:
    """Fit, write weights and card to `folder`, measure, and write the figures into the card.

    The weights depend on `plan` alone. Raises OSError where `folder` cannot be written.
    """
    say("markets for training and validation")
    samples, held = training(plan)
    rows = sum(map(len, samples))
    say(f"fit to {rows:,} s of {len(samples)} markets")
    fitted = fit(samples, held, plan)
    say(
        f"validation log loss {fitted.loss:.4f} at epoch {fitted.epoch},"
        f" temperature {fitted.temperature:.3f}"
    )
    artefact = ship(fitted, plan, rows, command, folder)
    figures = measure(artefact, plan, recording)
    finished = msgspec.structs.replace(artefact.card, figures=figures)
    _write(paths(folder)[1], encode(finished))
    return finished


def ship(fitted: Fit, plan: Plan, rows: int, command: str, folder: Path) -> Artefact:
    """Write weights and card, without figures yet; returns them as they load again.

    Each file appears whole or not at all; between the two the pair is refused by its hash.
    """
    weights, card = paths(folder)
    _write(weights, fitted.weights)
    _write(card, encode(_card(fitted, plan, rows, command)))
    return load(weights, card)


def encode(card: Card) -> bytes:
    return msgspec.json.format(msgspec.json.encode(card), indent=2) + b"\n"


def _card(fitted: Fit, plan: Plan, rows: int, command: str) -> Card:
    import torch

    return Card(
        schema=SCHEMA,
        name=NAME,
        sha256=sha256(fitted.weights).hexdigest(),
        features=FEATURES,
        mean=fitted.mean,
        std=fitted.std,
        clip=plan.clip,
        horizon_s=HORIZON,
        classes=CLASSES,
        layers=fitted.sizes,
        command=command,
        torch=str(torch.__version__),
        seeds=plan.seeds,
        training={
            "seconds_a_market": plan.training_s,
            "rows": rows,
            "epochs": plan.epochs,
            "best_epoch": fitted.epoch,
            "batch": plan.batch,
            "rate": plan.rate,
            "decay": plan.decay,
            "temperature": round(fitted.temperature, 6),
            "validation_log_loss": round(fitted.loss, 6),
        },
        figures=None,
    )


def _write(path: Path, content: bytes) -> None:
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(content)
    part.replace(path)
