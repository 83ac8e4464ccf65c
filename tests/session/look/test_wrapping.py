"""Lines end at spaces, and between Chinese letters, but not before their marks."""

from __future__ import annotations

from app.session.look.wrapping import padded, wrapped


def test_lines_are_filled_and_no_longer() -> None:
    assert wrapped("one two three", 7, len) == ["one two", "three"]
    assert wrapped("梯度在这里被截断。", 4, len) == ["梯度在这", "里被截", "断。"]
    assert wrapped("它在 no_grad（第 9 行）之下", 10, len) == ["它在 no_grad", "（第 9 行）之下"]
    assert wrapped("", 4, len) == []


def test_a_word_that_is_too_long_has_a_line_of_its_own() -> None:
    assert wrapped("a model.layers.weight b", 5, len) == ["a", "model.layers.weight", "b"]


def test_chinese_takes_two_columns_of_a_terminal() -> None:
    assert [padded("范数", 6), padded("norm", 6)] == ["范数  ", "norm  "]
