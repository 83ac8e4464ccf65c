"""What somebody half remembers is found, and the likelier one first."""

from __future__ import annotations

import pytest

from app.gui.dialogs.fuzzy import match


def best(query: str, *texts: str) -> str:
    found = {text: match(query, text) for text in texts}
    return max(texts, key=lambda text: one.score if (one := found[text]) else float("-inf"))


@pytest.mark.parametrize(
    ("query", "wanted", "other"),
    [
        ("run", "Run", "Training loop"),
        ("rs", "Run settings", "Larger text"),
        ("dark", "Dark theme", "Find a parked car"),
        ("export", "Export picture", "Open examples or traces"),
        ("lay", "Reset layout", "Larger display"),
    ],
)
def test_the_likelier_one_comes_first(query: str, wanted: str, other: str) -> None:
    assert best(query, other, wanted) == wanted


def test_words_may_come_in_any_order_and_in_any_case() -> None:
    assert match("LAYOUT res", "Reset layout") is not None


def test_every_letter_must_be_there() -> None:
    assert match("runz", "Run settings") is None
    assert match("nur", "Run") is None


def test_the_letters_that_were_meant_are_told() -> None:
    found = match("set", "Reset settings")
    assert found is not None
    assert found.places == (6, 7, 8)


def test_nothing_typed_matches_everything() -> None:
    assert match("  ", "Run") == (0.0, ())
