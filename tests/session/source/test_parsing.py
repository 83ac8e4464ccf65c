"""Texts that are nested more deeply than the parser goes are read as far as anyone can."""

from __future__ import annotations

import ast

import pytest

from app.page.html import page
from app.session.graph.grouping.loops import loops_of
from app.session.source.files import texts_of
from app.session.source.parsing import is_python, parsed, parsed_expression, unparsed
from tests.support import TraceText

TOO_DEEP = {"terms": "+".join(["x"] * 3000), "signs": "-" * 100_000 + "x"}
DEEP = "+".join(["x"] * 1500)
"""What the parser still reads, and nothing recursive in Python does."""


@pytest.mark.parametrize("code", TOO_DEEP.values(), ids=TOO_DEEP)
def test_what_the_parser_refuses_is_an_empty_tree(code: str) -> None:
    assert not is_python(code)
    assert parsed(code).body == []
    assert parsed_expression(code) is None


def test_an_expression_is_one_expression() -> None:
    assert isinstance(parsed_expression(" x.y  # why\n"), ast.Attribute)
    assert parsed_expression("x = 1") is None
    assert parsed_expression("x; y") is None
    assert parsed_expression("") is None


def test_deep_code_is_an_ellipsis() -> None:
    assert unparsed(parsed("x  +  1").body[0]) == "x + 1"
    assert unparsed(parsed(DEEP).body[0]) == "…"


@pytest.mark.parametrize("code", TOO_DEEP.values(), ids=TOO_DEEP)
def test_a_run_that_python_refused_has_a_page(trace: TraceText, code: str) -> None:
    refused = trace(f"import torch\nx = torch.ones(2)\nz = {code}\n")
    assert refused.error is not None
    assert refused.error.type in ("RecursionError", "MemoryError")
    assert refused.error.type in page(refused).decode()


def test_a_loop_over_deep_code_has_a_title(trace: TraceText) -> None:
    """Its header is code that cannot be written out again."""
    text = f"import torch\nx = torch.ones(2)\nfor i in ({DEEP}).tolist():\n    x = x * i\n"
    result = trace(text)
    [loop] = loops_of(texts_of(result)[0]).values()
    assert loop.title == "for i in …"
    assert page(result)
