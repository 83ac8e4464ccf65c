from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

import pytest

from app.contract.records import Finding, Trace
from app.session.run import Run
from app.session.source.underlines import Underline, underlines

TraceOf = Callable[[str], Trace]


def marked(trace: Trace) -> list[str]:
    """Return the underlined parts of the text."""
    lines = trace.snippet.text.split("\n")
    return [
        lines[one.line - 1][one.column : one.end_column]
        for one in underlines(Run(trace))
        if one.end_line == one.line
    ]


@pytest.mark.parametrize(
    ("line", "expression"),
    [
        ("y = 1 + torch.ones(2).item()", "torch.ones(2).item()"),
        ("y = 1 + torch.ones(2) @ torch.ones(3)", "torch.ones(2) @ torch.ones(3)"),
        ("torch.ones(2).sum().nothing.more", "torch.ones(2).sum().nothing"),
        ("'é' + str(missing)", "missing"),
        ("raise KeyError('lost')", "raise KeyError('lost')"),
    ],
)
def test_an_error_is_underlined_at_its_expression(
    trace: TraceOf, line: str, expression: str
) -> None:
    """The finding that explains it, where there is one, is underlined there too."""
    assert set(marked(trace(f"import torch\n{line}"))) == {expression}


def test_a_document_that_does_not_tell_where_it_ends_is_read(trace: TraceOf) -> None:
    found = deepcopy(trace("import torch\ny = 1 + torch.ones(2) @ torch.ones(3)"))
    assert found.error is not None
    found.error.end_line = found.error.end_column = None
    assert set(marked(found)) == {"torch.ones(2) @ torch.ones(3)"}


def test_a_syntax_error_has_its_message(trace: TraceOf) -> None:
    (one,) = underlines(Run(trace("x = 1\ny = = 2")))
    assert (one.line, one.severity) == (2, "error")
    assert one.text.startswith("SyntaxError: invalid syntax")


def test_what_explains_an_error_is_underlined_where_the_error_is(trace: TraceOf) -> None:
    error, finding = underlines(
        Run(trace("import torch\nx = torch.tensor([1], requires_grad=True)\n"))
    )
    assert error.text.startswith("RuntimeError: Only Tensors of floating point")
    assert finding.text.startswith("Only floating point and complex tensors can require grad\n")
    assert (finding.line, finding.column, finding.end_column) == (2, 4, 41)
    assert (error.column, error.end_column) == (4, 41)


def test_a_finding_is_underlined_at_its_operation(trace: TraceOf) -> None:
    found = deepcopy(trace("import torch\nx = torch.ones(2)\ny = (x * 2).relu()"))
    relu = next(operation for operation in found.operations if operation.name == "relu")
    found.findings = [
        Finding("code", "warning", 3, "Title", "Text.", [relu.id], [], None),
        Finding("code", "info", 1, "Whole", "", [], [], None),
    ]
    assert underlines(Run(found)) == [
        Underline(3, 4, 3, 18, "warning", "Title\nText."),
        Underline(1, None, 1, None, "info", "Whole"),
    ]
