"""What of a sentence is code."""

from __future__ import annotations

import pytest

from app.session.source.code_marks import marked


@pytest.mark.parametrize("text", ["kept 1.0 KiB", "of -0.5, 1e-12 or 1,024.5 and", "at 1.5e+10."])
def test_a_number_is_not_code(text: str) -> None:
    assert marked(text) == text


def test_names_calls_and_attributes_are() -> None:
    assert marked("net.0.weight and a_b or f(1.0)") == "`net.0.weight` and `a_b` or `f(1.0)`"
