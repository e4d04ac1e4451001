"""`python -m tools.train`: train the shipped model on the simulator's market, or measure it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from models.artefact import ArtefactError, load
from tools.simulator.recording import RecordingError
from tools.train.figures import measure, recording
from tools.train.plan import Plan
from tools.train.shipping import paths, train
from tools.train.words import lines

FOLDER = Path("models")
USAGE, MODEL, FILES = 2, 8, 9
"""Exit codes (docs/operations.md)."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def _fail(text: str, code: int) -> typer.Exit:
    print(text, file=sys.stderr)
    return typer.Exit(code)


@app.command()
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
    weights, card = paths(folder)
    if not folder.is_dir():
        raise _fail(f"train: --folder: {folder} is not a folder, make it first", USAGE)
    command = "python -m tools.train" + (f" --replay {replay.as_posix()}" if replay else "")
    try:
        # Read first: a bad recording is not to be found out after minutes of training.
        seen = None if replay is None else recording(replay)
        if evaluate:
            figures = measure(load(weights, card), Plan(), seen)
        else:
            described = train(Plan(), folder, command, seen, say=typer.echo)
            typer.echo(f"{weights}: sha256 {described.sha256}")
            assert described.figures is not None, "training ends with measuring"
            figures = described.figures
    except RecordingError as error:
        raise _fail(str(error), USAGE) from None
    except ArtefactError as error:
        raise _fail(str(error), MODEL) from None
    except OSError as error:
        raise _fail(f"train: {error.filename}: {error.strerror or error}", FILES) from None
    for line in lines(figures):
        typer.echo(line)


if __name__ == "__main__":
    app()
