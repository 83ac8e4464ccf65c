"""What a trace of a program of several files says of places."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from app.contract.records import Operation, Trace
from app.page.html import page
from app.process.client import Tracer
from app.session.run import Run
from app.session.trace.document import dump, load
from tests.programs.conftest import FOLDER, Program
from tests.tools.tracing import trace_with

TRAIN, FREEZE, MODEL = 0, 1, 2


@pytest.fixture(scope="module")
def frozen(program: Program) -> Trace:
    return program("frozen_backbone")


def _line(name: str, code: str) -> int:
    lines = (FOLDER / "frozen_backbone" / name).read_text().split("\n")
    (found,) = [number for number, line in enumerate(lines, start=1) if code in line]
    return found


def _first(trace: Trace, name: str) -> Operation:
    return next(op for op in trace.operations if op.name == name and op.phase == "forward")


def _numbers(trace: Trace) -> dict[str, int]:
    return {Path(file.path or "").name: file.id for file in trace.files}


def test_every_file_that_ran_is_there_with_its_text(frozen: Trace) -> None:
    assert set(_numbers(frozen)) == {"train.py", "model.py", "freeze.py"}
    first, *others = frozen.files
    assert (first.id, first.kind, first.text) == (0, "snippet", frozen.snippet.text)
    assert {file.kind for file in others} == {"user"}
    for file in frozen.files:
        assert file.text == Path(file.path or "").read_text()


def test_an_operation_is_at_the_innermost_line_of_the_users(frozen: Trace) -> None:
    model = _numbers(frozen)["model.py"]
    relu = _first(frozen, "relu")
    assert (relu.file, relu.line) == (model, _line("model.py", "torch.relu"))
    assert (relu.column, relu.end_column) == (19, 43)
    head = next(op for op in frozen.operations if op.name == "linear")
    assert (head.file, head.line) == (model, _line("model.py", "self.head(self"))


def test_the_stack_leads_out_to_the_snippet(frozen: Trace) -> None:
    model = _numbers(frozen)["model.py"]
    trained = [op for op in frozen.operations if op.name == "relu" and op.grad_mode][0]
    assert trained.stack == (
        (model, _line("model.py", "torch.relu"), "forward"),
        (model, _line("model.py", "x = block(x)"), "forward"),
        (model, _line("model.py", "self.head(self"), "forward"),
        (0, _line("train.py", "loss = nn"), "<module>"),
    )


def test_a_with_block_in_another_file_is_the_users_own(frozen: Trace) -> None:
    mean = [op for op in frozen.operations if op.name == "mean"]
    cause = next(op.cause for op in mean if op.cause is not None and op.cause.file)
    assert cause.kind == "with"
    assert (cause.file, cause.line) == (
        _numbers(frozen)["model.py"],
        _line("model.py", "torch.no_grad"),
    )
    spans = [span for span in frozen.grad_modes if span.cause == cause]
    assert {(span.line, span.end_line) for span in spans} == {(cause.line, (cause.line or 0) + 1)}


def test_what_froze_is_named_by_its_file(frozen: Trace) -> None:
    freeze, line = _numbers(frozen)["freeze.py"], _line("freeze.py", "False")
    facts = [f for f in frozen.facts if f.kind == "requires_grad" and not f.value]
    assert {(fact.file, fact.line) for fact in facts} == {(freeze, line)}
    stacks = {tuple((str(one.spot), one.function) for one in fact.stack) for fact in facts}
    assert stacks == {(("freeze.py:6", "freeze_backbone"), ("train.py:10", "<module>"))}
    for row in frozen.gradients:
        if row.name.startswith("model."):
            assert row.why.code == "frozen"
            assert (row.why.lines, row.why.places) == ([], [(freeze, line)])
            assert row.why.text.endswith(f"set to False at freeze.py:{line}.")
    assert frozen.training is not None
    (group,) = frozen.training.groups
    assert group.places == [(freeze, line)]
    assert f"frozen (freeze.py:{line})" in frozen.training.verdict


def test_no_text_names_a_line_without_its_file(frozen: Trace) -> None:
    texts = [text for one in frozen.findings for text in (one.title, one.text)]
    texts += [row.why.text for row in frozen.gradients]
    assert frozen.findings
    for text in texts:
        assert "line" not in text.split(), text
        assert "`line" not in text


def test_names_are_those_of_the_snippets_variables(frozen: Trace) -> None:
    names = {row.name for row in frozen.gradients}
    assert "model.backbone.blocks.1.conv.weight" in names
    assert {name.partition(".")[0] for name in names} == {"model", "loss"}


def test_a_saved_trace_is_read_as_it_was_written(frozen: Trace) -> None:
    again = load(dump(frozen)).trace
    assert dump(again) == dump(frozen)
    assert [op.spot for op in again.operations] == [op.spot for op in frozen.operations]
    assert str(again.facts[0].spot) == str(frozen.facts[0].spot)
    assert again.facts[0].stack == frozen.facts[0].stack
    assert [op.loops for op in again.operations] == [op.loops for op in frozen.operations]


def test_code_of_another_file_is_not_read_off_the_snippet(frozen: Trace) -> None:
    run = Run(frozen)
    relu = _first(frozen, "relu")
    assert run.line_text(relu.spot or 0) == "return x + torch.relu(self.conv(x))"
    assert run.code(relu) == "relu in model.backbone.blocks.0"  # one line for both blocks
    mean = next(op for op in frozen.operations if op.name == "mean" and not op.grad_mode)
    assert run.code(mean) == "x.mean()"


def test_a_page_ties_nodes_and_rows_to_the_lines_of_the_snippet(frozen: Trace) -> None:
    text = page(frozen).decode()
    tied = {one for lines in re.findall(r'data-lines="([^"]*)"', text) for one in lines.split()}
    assert tied
    assert all(line.isdigit() for line in tied)
    assert str(_line("train.py", "loss.backward()")) in tied


def test_packages_are_followed_on_demand(tracer: Tracer, tmp_path: Path) -> None:
    """A package in site-packages counts as the user's only if one asks for it; and vice versa."""
    package = tmp_path / "site-packages" / "layers"
    package.mkdir(parents=True)
    shutil.copy(FOLDER / "frozen_backbone" / "model.py", package / "__init__.py")
    (tmp_path / "own.py").write_text("def double(x):\n    return x * 2\n")
    text = (
        "import sys\n"
        f"sys.path.insert(0, {str(package.parent)!r})\n"
        "import torch\n"
        "from layers import Block\n"
        "from own import double\n"
        "y = double(Block(2)(torch.ones(1, 2, 3, 3)))\n"
    )
    path = str(tmp_path / "train.py")

    def files(**changes: Any) -> dict[str, str]:
        trace = trace_with(tracer, text, path=path, cwd=str(tmp_path), **changes)
        assert trace.error is None, trace.error
        return {Path(file.path or "").name: file.kind for file in trace.files}

    assert files() == {"train.py": "snippet", "own.py": "user"}
    assert files(follow=["layers"]) == {
        "train.py": "snippet", "__init__.py": "library", "own.py": "user"
    }  # fmt: skip
    assert files(no_follow=["own"]) == {"train.py": "snippet"}
