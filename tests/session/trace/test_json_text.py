"""A text that is read in pieces is read as it would be at once, wherever it is cut."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.session.trace.json_text import ObjectText, TraceFormatError

texts = st.text(st.sampled_from('},{[]":\\ a\u00e9'), max_size=12)
records = st.fixed_dictionaries(
    {"at": st.integers(0, 9), "x": st.recursive(texts, lambda one: st.lists(
        st.dictionaries(texts, one, max_size=2), max_size=3
    ))}
)  # fmt: skip
documents = st.dictionaries(texts, st.lists(records, max_size=6) | texts | st.integers())


class Record(msgspec.Struct):
    at: int
    x: Any


ANY = msgspec.json.Decoder()
LIST = msgspec.json.Decoder(list[Record])


def items(text: ObjectText) -> list[Any]:
    found: list[Any] = []
    for first, piece in text.pieces(LIST, "$"):
        assert first == len(found)
        found += piece
    return found


def read(data: bytes, piece: int) -> dict[str, Any]:
    text, found = ObjectText(data, piece), {}
    for name in text.names():
        # here the name says what is a list, elsewhere the type of a field
        found[name] = items(text) if "#" in name else text.value(ANY, "$")
    return found


@given(documents, st.integers(1, 80), st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", " :\t")]))
def test_pieces_are_read_as_the_whole(
    document: dict[str, Any], piece: int, separators: tuple[str, str]
) -> None:
    marked = {name + "#" * isinstance(one, list): one for name, one in document.items()}
    data = json.dumps(marked, ensure_ascii=False, separators=separators).encode()
    assert msgspec.to_builtins(read(data, piece)) == marked


@pytest.mark.parametrize(("separators", "indent"), [((",", ":"), None), ((" , ", ": "), 2)])
def test_a_long_list_is_cut_whatever_is_between_its_objects(
    separators: tuple[str, str], indent: int | None
) -> None:
    whole = {"#": [{"at": at, "x": "y"} for at in range(100)]}
    text = ObjectText(json.dumps(whole, separators=separators, indent=indent).encode(), 200)
    sizes = [len(piece) for _ in text.names() for _, piece in text.pieces(LIST, "$")]
    assert sum(sizes) == 100
    assert max(sizes) < 20


@given(documents, st.integers(1, 80), st.data())
def test_what_is_cut_off_is_refused(document: dict[str, Any], piece: int, data: Any) -> None:
    marked = {name + "#" * isinstance(one, list): one for name, one in document.items()}
    whole = json.dumps(marked, ensure_ascii=False, separators=(",", ":")).encode()
    part = whole[: data.draw(st.integers(0, len(whole) - 1))]
    with pytest.raises(TraceFormatError):
        read(part, piece)


@pytest.mark.parametrize("piece", [1, 30, 1000])
def test_an_error_in_a_later_piece_is_told_where_it_is(piece: int) -> None:
    wrong: list[dict[str, Any]] = [{"at": at, "x": [{}, {}]} for at in range(9)]
    wrong[7]["at"] = "7"
    data = json.dumps({"#": wrong, "y": [{}, {}]}, separators=(",", ":")).encode()
    with pytest.raises(TraceFormatError, match=r"^\$\[7\]\.at: expected int, got str$"):
        read(data, piece)


@pytest.mark.parametrize("data", [b"[]", b'{"#":{}}', b'{"#":[]}x', b'{"#":[],}', b'{"a":1 "b":2}'])
def test_what_is_no_object_of_such_lists_is_refused(data: bytes) -> None:
    with pytest.raises(TraceFormatError):
        read(data, 8)
