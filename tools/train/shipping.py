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
from tools.train.samples import HORIZON

NAME = "scalper_v1"


def paths(folder: Path) -> tuple[Path, Path]:
    """(weights, card) of the shipped model in a folder."""
    return folder / f"{NAME}.pt", folder / f"{NAME}_config.json"


def train(
    plan: Plan, folder: Path, command: str, recording: Path | None, say: Callable[[str], None]
) -> Artefact:
    """Fit, write weights and card to `folder`, measure, and write the figures into the card.

    The weights depend on `plan` alone. Files appear whole or not at all.
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
    weights, card = paths(folder)
    described = _card(fitted, plan, rows, command)
    _write(weights, fitted.weights)
    _write(card, encode(described))
    artefact = load(weights, card)
    figures = measure(artefact, plan, recording)
    finished = msgspec.structs.replace(described, figures=figures)
    _write(card, encode(finished))
    return Artefact(finished, artefact.layers)


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
