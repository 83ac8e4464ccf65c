"""Programs of several files, each with a question, and the answer of every view on the run."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
import tapescope

from app.__main__ import main
from app.contract.records import Place
from app.session.trace.document import dump
from tests.programs.conftest import FOLDER, Program
from tests.support import gradients_of


class Question(NamedTuple):
    """What a program asks, and what answers it."""

    program: str
    verdict: str
    why: dict[str, str]
    """Of some parameters, why their `.grad` is as it is."""
    places: dict[str, list[str]]
    """For each state of parameters that do not train, where."""
    finding: str
    """The code of the finding that answers, and the place where it is."""
    place: str


QUESTIONS = [
    Question(
        "frozen_backbone",
        "Trains 0 of 8 parameters. 8 are frozen (freeze.py:6).",
        {"model.head.weight": "requires_grad was set to False at freeze.py:6."},
        {"frozen": ["freeze.py:6"]},
        "nothing_trains",
        "freeze.py:6",
    ),
    Question(
        "gated_gpt",
        "Trains 15 of 21 parameters. 6 are in no optimizer.",
        {"model.gates[0].weight": "(trainer.py:12) added up in model.gates[0].weight.grad"},
        {"no_step": ["trainer.py:6"]},
        "unregistered_module",
        "model.py:20",
    ),
    Question(
        "late_lora",
        "Trains 2 of 10 parameters. 8 are frozen (backbone.py:15).",
        {
            "model.first.down": "requires_grad was set to False at backbone.py:15.",
            "model.classifier.weight": "The backward pass at train.py:16 reached",
        },
        {"frozen": ["backbone.py:15"]},
        "frozen_in_optimizer",
        "train.py:9",
    ),
    Question(
        "gan",
        "Trains 4 of 8 parameters. 4 are cut off from the loss (networks.py:12).",
        {"G.layers.0.weight": "only through self.layers(noise).detach() at networks.py:12"},
        {"cut": ["networks.py:12"]},
        "cut_by_detach",
        "networks.py:12",
    ),
    Question(
        "notebook",
        "Trains 2 of 4 parameters. 2 were used only where nothing is recorded (cell 2:2).",
        {"body.0.weight": "linear in body.0 at cell 2:3 ran under torch.no_grad() (cell 2:2)"},
        {"only_skipped": ["cell 2:2"]},
        "cut_by_grad_mode",
        "cell 2:3",
    ),
]
BY_PROGRAM = pytest.mark.parametrize("question", QUESTIONS, ids=[one.program for one in QUESTIONS])


def _texts(places: list[Place]) -> list[str]:
    return [str(place.spot) for place in places]


@BY_PROGRAM
def test_the_verdict_answers(program: Program, question: Question) -> None:
    training = program(question.program).training
    assert training is not None
    assert training.verdict == question.verdict
    others = {g.state: _texts(g.places) for g in training.groups if g.state != "trained"}
    assert others == question.places


@BY_PROGRAM
def test_the_gradients_answer(program: Program, question: Question) -> None:
    rows = gradients_of(program(question.program))
    for name, text in question.why.items():
        assert text in rows[name].why.text


@BY_PROGRAM
def test_a_finding_answers(program: Program, question: Question) -> None:
    found = {one.code: str(one.spot) for one in program(question.program).findings}
    assert found[question.finding] == question.place


@BY_PROGRAM
def test_the_command_line_answers(
    program: Program, question: Question, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = tmp_path / "run.json"
    saved.write_bytes(dump(program(question.program)))
    assert main(["trace", str(saved)]) == 0
    said = capsys.readouterr().out
    assert question.verdict in said
    for text in question.why.values():
        assert text in said


@pytest.mark.parametrize("question", QUESTIONS[:-1], ids=[one.program for one in QUESTIONS[:-1]])
def test_a_block_in_ones_own_code_answers(
    question: Question, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = FOLDER / question.program / "train.py"
    monkeypatch.syspath_prepend(str(path.parent))
    for name in [file.stem for file in path.parent.glob("*.py")]:
        monkeypatch.delitem(sys.modules, name, raising=False)
    with tapescope.trace() as run:
        runpy.run_path(str(path))
    for name in [file.stem for file in path.parent.glob("*.py")]:
        sys.modules.pop(name, None)
    assert run.training is not None
    assert run.training.verdict.split(". ")[0] == question.verdict.split(". ")[0]
    assert {one.code: str(one.spot) for one in run.findings}[question.finding] == question.place


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("frozen_backbone", [], 4),
        ("late_lora", [], 0),
        ("late_lora", ["--trains", "*.down"], 4),
        ("late_lora", ["--frozen", "first.linear.*", "--trains", "classifier.*"], 0),
        ("gan", ["--fail-on", "warning"], 4),
        ("gated_gpt", ["--trains", "model.gates*"], 4),
        ("notebook", ["--trains", "body.*"], 4),
    ],
)
def test_a_build_fails_where_it_should(
    program: Program, name: str, options: list[str], expected: int, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    saved = tmp_path / "run.json"
    saved.write_bytes(dump(program(name)))
    assert main(["check", str(saved), *options]) == expected
    if expected:
        (place,) = {one.place for one in QUESTIONS if one.program == name}
        assert place in capsys.readouterr().out


def test_annotations_are_at_the_file(
    program: Program, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = tmp_path / "run.json"
    saved.write_bytes(dump(program("frozen_backbone")))
    assert main(["check", str(saved), "--format", "github"]) == 4
    lines = capsys.readouterr().out.split("\n")
    (nothing,) = [line for line in lines if "Nothing trains" in line]
    assert "frozen_backbone/freeze.py,line=6" in nothing
