"""docs/architecture.md is drawn from the tables."""

from pathlib import Path

import pytest

from messages.market import BarClosed, Quote
from messages.order import OrdersFound, PlaceOrder
from supervisor import CHILDREN, ROUTES
from tools import wiring

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "architecture.md"
COMMAND = "python -m tools.wiring docs/architecture.md"


def test_the_document_is_up_to_date() -> None:
    document = DOCUMENT.read_text("utf-8")
    assert wiring.text() in document, f"make it again: {COMMAND}"
    assert wiring.renewed(document) == document


def test_a_block_is_renewed_and_what_surrounds_it_kept() -> None:
    old = f"before\n{wiring.BEGIN}\nold\n{wiring.END}\nafter"
    assert wiring.renewed(old) == f"before\n{wiring.text()}\nafter"
    with pytest.raises(ValueError, match="no block"):
        wiring.renewed("nothing marked")


def test_every_message_is_in_the_drawing_with_its_makers() -> None:
    made = wiring.makers()
    assert made[BarClosed] == ["bar"]
    assert made[PlaceOrder] == ["order"]
    assert made[Quote] == ["hubs"]
    assert made[OrdersFound] == ["queries"]
    unmade = {kind.__name__ for kind, makers in made.items() if not makers}
    assert unmade == {"StopRequested"}


def test_the_tables_have_their_rows() -> None:
    assert len(wiring.children()) == len(CHILDREN) + 2
    assert len(wiring.routes()) == len(ROUTES) + 2
    assert (
        '  order -->|"PlaceOrder, CancelOrder, ModifyOrder, CloseContract"| gateway'
        in wiring.drawing()
    )


def test_the_command_names_a_file_without_the_marks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "page.md"
    assert wiring.main([str(path)]) == 2
    path.write_text("nothing", "utf-8")
    assert wiring.main([str(path)]) == 2
    assert capsys.readouterr().err.count(str(path)) >= 2
    path.write_text(f"{wiring.BEGIN}{wiring.END}", "utf-8")
    assert wiring.main([str(path)]) == 0
    assert path.read_text("utf-8") == wiring.text()
