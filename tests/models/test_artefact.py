"""A model that does not fit its card, its engine or itself is refused in one line."""

import io
import pickle
import warnings
from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch

from models.artefact import Artefact, ArtefactError, load
from models.features import FEATURES


def packed(state: object) -> bytes:
    stream = io.BytesIO()
    torch.save(state, stream)
    return stream.getvalue()


def refused(files: Any) -> str:
    with pytest.raises(ArtefactError) as caught:
        load(files.weights, files.card)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("model: ")
    return message


def test_weights_and_card_that_agree_are_loaded(files: Any) -> None:
    artefact: Artefact = load(files.weights, files.card)
    assert [layer.weight.shape for layer in artefact.layers] == [(6, len(FEATURES)), (3, 6)]
    assert artefact.card.model == artefact.card.sha256[:12]


def test_one_changed_byte_is_refused(files: Any) -> None:
    content = bytearray(files.weights.read_bytes())
    content[len(content) // 2] ^= 1
    files.weights.write_bytes(bytes(content))
    assert "sha256" in refused(files)


@pytest.mark.parametrize("which", ["weights", "card"])
def test_a_missing_file_is_named(files: Any, which: str) -> None:
    path = getattr(files, which)
    path.unlink()
    assert str(path) in refused(files)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": 1}'])
def test_a_file_that_is_no_card_is_refused(files: Any, text: str) -> None:
    files.card.write_text(text)
    assert "not a model card" in refused(files)


def test_an_unknown_field_in_the_card_is_refused(files: Any) -> None:
    fields = {**msgspec.json.decode(files.card.read_bytes()), "surprise": 1}
    files.card.write_bytes(msgspec.json.encode(fields))
    assert "surprise" in refused(files)


def test_weights_of_another_shape_are_refused(files: Any, state: dict[str, torch.Tensor]) -> None:
    files.ship(packed({**state, "0.weight": torch.zeros(5, len(FEATURES))}))
    assert "0.weight has shape (5, " in refused(files)


@pytest.mark.parametrize("poison", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused(
    files: Any, state: dict[str, torch.Tensor], poison: float
) -> None:
    state["2.bias"][1] = poison
    files.ship(packed(state))
    assert "not finite" in refused(files)


def test_missing_and_surplus_weights_are_refused(
    files: Any, state: dict[str, torch.Tensor]
) -> None:
    files.ship(packed({**state, "4.weight": torch.zeros(1)}))
    assert "4.weight" in refused(files)
    del state["2.bias"]
    files.ship(packed(state))
    refused(files)


@pytest.mark.parametrize("content", [b"", b"not a zip", packed([1, 2]), packed(5)])
def test_a_file_that_is_no_state_dict_is_refused(files: Any, content: bytes) -> None:
    files.ship(content)
    refused(files)


class Harmful:
    """What a pickle could do to whoever reads it: here, leave a file."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return (open, (str(self.mark), "w"))


def test_a_pickle_that_would_run_code_is_refused_unrun(files: Any, tmp_path: Path) -> None:
    mark = tmp_path / "harmed"
    for content in (packed({"0.weight": Harmful(mark)}), pickle.dumps(Harmful(mark))):
        files.ship(content)
        assert "not a weights file" in refused(files)
        assert not mark.exists()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"schema": 2}, "schema 2"),
        ({"features": FEATURES[::-1]}, "features"),
        ({"classes": ("up", "flat", "down")}, "classes"),
        ({"mean": (0.0,)}, "mean and std"),
        ({"std": (0.0,) * len(FEATURES)}, "above 0"),
        ({"clip": -1.0}, "above 0"),
        ({"layers": (len(FEATURES), 6, 2)}, "layers"),
        ({"layers": (len(FEATURES), 7, 3)}, "shape"),
        ({"layers": (len(FEATURES), 6, 6, 3)}, "holds"),
    ],
)
def test_a_card_that_does_not_fit_is_refused(
    files: Any, state: dict[str, torch.Tensor], fields: dict[str, object], words: str
) -> None:
    files.ship(packed(state), **fields)
    assert words in refused(files)


@pytest.mark.parametrize(
    ("tensor", "words"),
    [
        (torch.zeros(3, dtype=torch.int64), "int64"),
        (torch.zeros(3, dtype=torch.complex64), "complex64"),
        (torch.ones(3).to_sparse(), "sparse"),
        ([0.0, 0.0, 0.0], "shape ()"),
    ],
)
def test_weights_of_another_kind_are_refused(
    files: Any, state: dict[str, torch.Tensor], tensor: object, words: str
) -> None:
    files.ship(packed({**state, "2.bias": tensor}))
    assert words in refused(files)


def test_weights_that_may_still_be_trained_are_weights(
    files: Any, state: dict[str, torch.Tensor]
) -> None:
    files.ship(packed({key: torch.nn.Parameter(value) for key, value in state.items()}))
    load(files.weights, files.card)


def test_keys_that_are_no_names_are_refused(files: Any) -> None:
    files.ship(packed({7: torch.zeros(1), "0.weight": torch.zeros(1)}))
    assert "7" in refused(files)


def test_torch_adds_no_warning_of_its_own(files: Any, tmp_path: Path) -> None:
    files.ship(pickle.dumps(Harmful(tmp_path / "harmed")))
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        refused(files)
    assert heard == []


def test_a_hash_is_64_hex_digits_and_a_horizon_lies_ahead(files: Any) -> None:
    described = msgspec.json.decode(files.card.read_bytes())
    for fault in ({"sha256": "abc"}, {"horizon_s": 0}):
        files.card.write_bytes(msgspec.json.encode({**described, **fault}))
        assert "not a model card" in refused(files)
