"""The options of a what-if."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.__main__ import main
from app.command_line.writing import one_line
from app.contract.records import Trace
from app.page.html import page
from app.session.run import Run
from app.session.summary.in_words import what_if_in_words
from app.session.trace.document import load
from app.session.what_if.changes import refusals

pytestmark = pytest.mark.usefixtures("one_tracer")

TEXT = """import torch
from torch import nn
import frozen
net = nn.Sequential(frozen.encoder, nn.Dropout(0.5), nn.Linear(2, 1))
with torch.no_grad():
    x = torch.ones(4, 2) * 2
net.train()
net(x).sum().backward()
"""
FROZEN = """import torch
encoder = torch.nn.Linear(2, 2)
encoder.requires_grad_(False)
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    (tmp_path / "frozen.py").write_text(FROZEN)
    path = tmp_path / "train.py"
    path.write_text(TEXT)
    return path


def traced(program: Path, *options: str) -> Trace:
    out = program.with_suffix(".json")
    assert main(["trace", str(program), *options, "-o", str(out)]) == 0
    return load(out.read_bytes()).trace


def test_the_document_lists_the_changes(program: Path) -> None:
    trace = traced(
        program, "--unfreeze", "net.0", "--eval", "net.1", "--freeze", "net.2.bias",
        "--without", "5",
    )  # fmt: skip
    found = [(one.kind, one.target, one.matched) for one in trace.run.what_if]
    assert found == [
        ("unfreeze", "net.0", ["net.0.weight", "net.0.bias"]),
        ("eval", "net.1", ["net.1"]),
        ("freeze", "net.2.bias", ["net.2.bias"]),
        ("without", "5", ["torch.no_grad()"]),
    ]
    assert trace.run.what_if[3].spot == 5
    assert trace.snippet.text == TEXT
    grads = {row.name: row.grad is not None for row in trace.gradients}
    assert grads == {
        "net.0.weight": True, "net.0.bias": True, "net.2.weight": True, "net.2.bias": False,
    }  # fmt: skip
    bias = next(row for row in trace.gradients if row.name == "net.2.bias")
    assert bias.why.text == "net.2.bias.grad is None: net.2.bias is frozen by the what-if."
    assert bias.why.code == "frozen"


def test_the_summary_says_what_was_changed(
    program: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["trace", str(program), "--freeze", "net.2", "--mode", "grad"]) == 1
    said = capfd.readouterr().out
    assert "What if: net.2 frozen (2 parameters); grad everywhere. The text is not changed." in said
    assert "frozen parameters, and nothing else that backward() could reach requires grad" in said


def test_what_torch_refuses_is_said(program: Path, capfd: pytest.CaptureFixture[str]) -> None:
    program.write_text(
        f"{TEXT}net.steps = torch.nn.Parameter(torch.tensor([1]), requires_grad=False)\n"
        "net.steps + 1\n"
    )
    refused = "--unfreeze net.steps had no effect: only Tensors of floating point dtype"
    assert main(["trace", str(program), "--unfreeze", "net.steps"]) == 0
    said = capfd.readouterr().out
    assert "What if: net.steps unfrozen (torch refused it). The text is not changed." in said
    assert refused in said
    trace = traced(program, "--unfreeze", "net.*")
    assert refused in " ".join(refusals(trace, trace.run.what_if[0]))
    assert f"{refused} can require gradients. " in one_line(Run(trace))
    assert refused in page(trace).decode()
    assert refused in what_if_in_words(trace, None)[0].text


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--without", "6", "that line says nothing about recording; these do: 5"),
        ("--without", "elsewhere.py:3", "ran there"),
        ("--without", "x", "'x' is not a line"),
        ("--without", "0", "'0' is not a line"),
        ("--freeze", "net.3.*", "matches no parameter; the nearest are net."),
        ("--freeze", "nett", "matches no parameter; the nearest are net,"),
        ("--unfreeze", "encoder.weight", "matches no parameter; the nearest are"),
        ("--eval", "net.dropout", "matches no module that is called; the nearest are net"),
    ],
)
def test_what_matches_nothing_is_an_error(
    program: Path, option: str, value: str, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    code: object
    try:
        code = main(["trace", str(program), option, value])
    except SystemExit as left:
        code = left.code
    assert code == 2
    errors = capfd.readouterr().err
    assert said in errors
    assert "Traceback" not in errors


def test_check_judges_the_changed_run(program: Path) -> None:
    assert main(["check", str(program), "--frozen", "net.2.bias"]) == 4
    assert main(["check", str(program), "--frozen", "net.2.bias", "--freeze", "net.2.bias"]) == 0


def test_diff_changes_the_second(program: Path, capfd: pytest.CaptureFixture[str]) -> None:
    both = [str(program), str(program)]
    assert main(["diff", *both, "--unfreeze", "net.0.*"]) == 1
    said = capfd.readouterr()
    assert "net.0.bias.grad: None" in said.out
    assert f"B ({program}): What if: net.0.* unfrozen (2 parameters)." in said.err
    assert f"A ({program}): Ran to its end" in said.err


def test_a_saved_trace_is_not_changed(program: Path, capfd: pytest.CaptureFixture[str]) -> None:
    traced(program)
    saved = str(program.with_suffix(".json"))
    assert main(["trace", saved, "--freeze", "net"]) == 2
    assert main(["diff", str(program), saved, "--mode", "grad"]) == 2
    said = capfd.readouterr().err
    assert "so --freeze has no effect" in said
    assert "so --mode has no effect" in said


def test_a_change_that_changes_nothing_says_so(program: Path) -> None:
    trace = traced(program, "--freeze", "net.0", "--unfreeze", "net.2", "--eval", "net.1")
    assert one_line(Run(trace)).startswith(
        "What if: net.0 frozen (2 parameters), which changes nothing; "
        "net.2 unfrozen (2 parameters), which changes nothing; net.1 in eval (1 module). "
    )
