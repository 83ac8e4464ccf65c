"""The whole window in a language without English letters: what cannot be translated shows."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from string import Formatter
from typing import NamedTuple

import pytest

from tests.tools.messages import ROOT, messages
from tests.tools.pseudo import install, pseudo

_TERMS = """
Tapescope Python PyTorch torch Qt PySide6 networkx Graphviz wasi graphviz Linux
CPU CUDA MPS GPU Apple cpu x86_64 aarch64
grad no_grad inference_mode requires_grad grad_fn retain_grad autograd backward is_leaf
AccumulateGrad None True False NaN Inf NAME value bool int64 float32 min max mean std norm
SVG PDF PNG DOT CSV Markdown px KiB MiB GiB B s ms min cm
Ctrl Shift Alt Esc Enter Return Tab Space Backspace Ins Del Home End PgUp PgDown
Up Down Left Right Aa W
"""
TERMS = frozenset(_TERMS.split())
"""Torch's words, proper names, units, and the names that Qt gives to keys."""
_WRAPPED = re.compile(r'(?s)<p style="white-space: pre-wrap">(.*)</p>')
_WORD = re.compile(r"(?<!\w)[A-Za-z_]\w*")
_CUT_SHORT = re.compile(r"\w*…\w*")
_NOT_IN_WORDS = re.compile(r"Linux [\w.-]+|F\d+|\b[A-Z]\b|\bx\d*\b|\w+\.py\b|\S+(?= — )")
"""The system's version, keys, names of files, folders of the Pythons that were found."""


class Seen(NamedTuple):
    place: str
    texts: list[str]
    known: set[str]
    clipped: list[str]


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> list[Seen]:
    environment = {**os.environ, **install(tmp_path_factory.mktemp("data"))}
    done = subprocess.run(
        [sys.executable, "-m", "tests.tools.tour"],
        cwd=ROOT, env={**environment, "PYTHONIOENCODING": "utf-8"},
        capture_output=True, encoding="utf-8", timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
    return [Seen(place, texts, set(known), clipped) for place, texts, known, clipped in lines]


def untranslated(seen: Seen) -> Iterator[str]:
    """Texts with a word in plain letters that is not code, a name or a word of torch's."""
    for text in seen.texts:
        plain = unescape(_WRAPPED.sub(r"\1", text))
        words = _WORD.findall(_NOT_IN_WORDS.sub("", _CUT_SHORT.sub("", plain)))
        if any(word not in TERMS and word not in seen.known for word in words):
            yield f"{seen.place}: {text}"


def test_nothing_is_left_in_english(tour: list[Seen]) -> None:
    assert [text for seen in tour for text in untranslated(seen)] == []


def test_longer_texts_are_not_cut_off(tour: list[Seen]) -> None:
    """In a small window: 1280 by 800."""
    assert {text for seen in tour for text in seen.clipped} == set()


def test_it_has_been_everywhere(tour: list[Seen]) -> None:
    """What the tour is to see is there, so that the test above says something."""
    said = {text for seen in tour for text in seen.texts}
    for text in (
        "Nothing was run.",
        "Raise the time limit.",
        "Is grad mode on?",
        "What the snippet prints appears here.",
        "Run and check",
        "Three linear layers, the middle one under no_grad",
    ):
        assert any(pseudo(text) in one for one in said), text


def test_the_check_sees_what_it_is_there_to_see() -> None:
    seen = Seen("here", [pseudo("Open"), "Open", "lin0.weight", "Alt+F4"], {"lin0", "weight"}, [])
    assert list(untranslated(seen)) == ["here: Open"]


def test_every_text_can_be_filled_in() -> None:
    """Braces contain a name, and both forms of a count have the same names."""
    for message in messages():
        names = _names(message.one)
        assert all(name.isidentifier() for name in names), message
        if message.many:
            assert _names(message.many) >= names, message
        for text in filter(None, (message.one, message.many)):
            assert _names(pseudo(text)) == _names(text)


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
