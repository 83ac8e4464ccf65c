"""Places in the snippet: blocks, functions, decorators, columns."""

from __future__ import annotations

import sys
from types import CodeType

import pytest

from app.tracer.snippet.source import SourceFile
from tests.tracer.support import record

NAME = "<snippet>"


def _source(text: str) -> SourceFile:
    return SourceFile(text, NAME)


def _function(text: str) -> CodeType:
    """The code of the first function that the text defines."""
    module = compile(text, NAME, "exec")
    return next(constant for constant in module.co_consts if isinstance(constant, CodeType))


def test_with_block_ends_at_its_last_line() -> None:
    source = _source("with a:\n    with b:\n        c\n    d\ne\n")
    assert source.with_block(1, None, "a") == (1, 4)
    assert source.with_block(2, None, "b") == (2, 3)
    assert source.with_block(5, None, "a") is None


@pytest.mark.parametrize("at", [1, 3])
def test_with_items_over_several_lines(at: int) -> None:
    """What enters an item is on the line of the statement before Python 3.13."""
    source = _source("with (\n    a,\n    b,\n):\n    c\n")
    assert source.with_block(at, None, "b") == (3, 5)
    assert source.with_block(5, None, "b") is None
    assert source.with_block(1, None, "elsewhere") == (1, 5)


def test_a_block_that_is_entered_again_takes_no_time_in_proportion_to_the_file() -> None:
    source = _source("with a:\n    b\n" + "# c\n" * 1000)
    calls = 0

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1

    source.with_block(1, None, "a")
    sys.setprofile(count)
    try:
        source.with_block(1, None, "a")
    finally:
        sys.setprofile(None)
    assert calls < 100


def test_body_on_the_line_of_the_block_is_not_an_item() -> None:
    source = _source("with a: b()\n")
    assert source.with_block(1, 5, "a") == (1, 1)
    assert source.with_block(1, 8, "a") is None


def test_function_and_its_decorator() -> None:
    text = "@other\n@torch.no_grad()\ndef f():\n    pass\n"
    source, code = _source(text), _function(text)
    node = source.function(code)
    assert node is not None
    assert (node.name, node.end_lineno) == ("f", 4)
    assert source.decorator_line(code, "no_grad") == 2
    assert source.decorator_line(code, "elsewhere") == 1


def test_function_of_another_file() -> None:
    code = compile("def f(): pass", "other.py", "exec")
    assert _source("def f(): pass").function(code) is None


@pytest.mark.parametrize(
    ("text", "column", "end_column"),
    [
        ("y = x * 2", 4, 9),
        ("ä = 'öü'; y = x * 2", 14, 19),
        ("s = '🎉'; y = x * 2", 13, 18),
        ("def f(): return x * 2\nf()", 16, 21),
    ],
)
def test_columns_count_characters(text: str, column: int, end_column: int) -> None:
    recording = record(f"import torch\nx = torch.ones(1)\n{text}\n")
    site = recording.op("mul").site
    assert site is not None
    assert (site.column, site.end_column) == (column, end_column)


def test_expression_over_several_lines() -> None:
    recording = record("import torch\nx = torch.ones(1)\ny = (\n    x\n    * 2\n)\n")
    site = recording.op("mul").site
    assert site is not None
    assert (site.line, site.end_line) == (4, 5)


def test_place_is_the_innermost_expression_of_the_snippet() -> None:
    text = "import torch\nx = torch.ones(1)\ny = torch.nn.functional.softplus((x * 2).exp())\n"
    sites = {op.name: op.site for op in record(text).ops if op.site is not None}
    assert (sites["mul"].column, sites["mul"].end_column) == (34, 39)
    assert (sites["exp"].column, sites["exp"].end_column) == (33, 46)


def test_occurrences_count_repeats_of_a_call_site() -> None:
    text = """
    import torch
    def twice(t):
        return t * 2
    x = torch.ones(1)
    for _ in range(3):
        x = twice(x)
    y = twice(x)
    """
    assert [op.own.occurrence for op in record(text).named("mul")] == [0, 1, 2, 3]


def test_code_that_is_compiled_again_is_the_same_code() -> None:
    text = """
    import torch
    x = torch.ones(2)
    for text in ["x.tanh()", "x.tanh()", "x.tanh(); x.tanh()", "x.tanh()"]:
        exec(text)
    """
    assert [op.own.occurrence for op in record(text).named("tanh")] == [0, 1, 0, 0, 2]
