"""`python -m tools.train`: train the shipped model on the simulator's market, or measure it."""

from pathlib import Path
from typing import Annotated

import typer

from models.artefact import ArtefactError, load
from tools.simulator.recording import RecordingError
from tools.train.figures import measure
from tools.train.plan import Plan
from tools.train.shipping import paths, train
from tools.train.words import lines

FOLDER = Path("models")
PROBLEM = 8
"""Exit code of a model that cannot be made or must not trade."""


def main(
    evaluate: Annotated[
        bool, typer.Option("--evaluate", help="Measure the model in FOLDER; write nothing.")
    ] = False,
    replay: Annotated[
        Path | None, typer.Option(help="PREFIX of a recorded market to measure it on as well.")
    ] = None,
    folder: Annotated[Path, typer.Option(help="Where weights and card lie.")] = FOLDER,
) -> None:
    """Train models/scalper_v1.pt and its card, then measure them. Takes a few minutes."""
    command = "python -m tools.train"
    if replay is not None:
        command += f" --replay {replay.as_posix()}"
    try:
        if evaluate:
            figures = measure(load(*paths(folder)), Plan(), replay)
        else:
            artefact = train(Plan(), folder, command, replay, say=typer.echo)
            typer.echo(f"{paths(folder)[0]}: sha256 {artefact.card.sha256}")
            assert artefact.card.figures is not None
            figures = artefact.card.figures
    except (ArtefactError, RecordingError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(PROBLEM) from error
    for line in lines(figures):
        typer.echo(line)


if __name__ == "__main__":
    typer.run(main)
