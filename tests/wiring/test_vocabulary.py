"""Every message is immutable to the bottom: scalars, enums, tuples and frozen structs, no more."""

import types
import typing
from collections.abc import Iterator
from decimal import Decimal
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest
from msgspec.structs import FieldInfo, fields

from messages.base import Message, Value
from tests.runtime.stage import VOCABULARY

SCALARS = frozenset({int, float, str, bool, type(None)})


def leaves(kind: Any) -> Iterator[Any]:
    """The types that an annotation is made of, structs entered."""
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        for part in get_args(kind):
            yield from leaves(part)
    elif origin is tuple:
        parts = get_args(kind)
        assert parts, f"{kind}: a tuple of what?"
        for part in parts:
            if part is not Ellipsis:
                yield from leaves(part)
    elif isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield kind
        for hint in get_type_hints(kind).values():
            if get_origin(hint) is not typing.ClassVar:
                yield from leaves(hint)
    else:
        yield kind


def allowed(leaf: Any) -> bool:
    if not isinstance(leaf, type):
        return False
    if issubclass(leaf, msgspec.Struct):
        return leaf.__struct_config__.frozen and issubclass(leaf, Message | Value)
    return leaf in SCALARS or issubclass(leaf, Enum)


@pytest.mark.parametrize("kind", VOCABULARY, ids=lambda kind: kind.__name__)
def test_a_message_is_immutable_to_the_bottom(kind: type[Message]) -> None:
    assert [leaf for leaf in leaves(kind) if not allowed(leaf)] == []


@pytest.mark.parametrize(
    "bad",
    [dict[str, int], list[int], set[int], tuple[list[int], ...], int | list[int], Decimal, Any],
)
def test_the_walk_finds_what_is_not_allowed(bad: Any) -> None:
    made = msgspec.defstruct("Made", [("field", bad)], bases=(Message,), frozen=True)
    assert [leaf for leaf in leaves(made) if not allowed(leaf)]


def test_a_struct_that_can_change_is_found_too() -> None:
    inner = msgspec.defstruct("Inner", [("size", int)])
    made = msgspec.defstruct("Made", [("inner", inner)], bases=(Message,), frozen=True)
    assert [leaf for leaf in leaves(made) if not allowed(leaf)] == [inner]


def test_names_are_tags_and_no_two_are_the_same() -> None:
    tags = [kind.__struct_config__.tag for kind in VOCABULARY]
    assert tags == [kind.__name__ for kind in VOCABULARY]
    assert len(set(tags)) == len(tags) > 50


def test_defaults_are_immutable_too() -> None:
    def factory(field: FieldInfo) -> bool:
        return field.default_factory is not msgspec.NODEFAULT

    assert [(k.__name__, f.name) for k in VOCABULARY for f in fields(k) if factory(f)] == []
