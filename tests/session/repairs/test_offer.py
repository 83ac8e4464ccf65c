"""What is offered for texts from articles, and that programs are left alone."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from app.session import resources
from app.session.repairs.ipython import plain_python
from app.session.repairs.offer import repair_of
from tests.tools.articles import (
    ARTICLES,
    FLATTENED,
    NUMBERED,
    PROMPTS,
    SENTENCES_OF_CODE,
    WITH_PICTURES,
)


def repaired(text: str) -> str:
    repair = repair_of(plain_python(text).text)
    assert repair is not None
    return repair.text


def code_of(text: str) -> str:
    """Without comments and empty lines."""
    lines = (line for line in text.split("\n") if line.strip())
    return "\n".join(line for line in lines if not line.lstrip().startswith("#"))


def steps(text: str) -> list[str]:
    repair = repair_of(plain_python(text).text)
    return [] if repair is None else repair.steps


@pytest.mark.parametrize("text", ARTICLES.values(), ids=ARTICLES)
def test_an_article_becomes_python_that_needs_no_repair(text: str) -> None:
    assert ast.parse(repaired(text)).body
    assert repair_of(repaired(text)) is None


@pytest.mark.parametrize("text", ARTICLES.values(), ids=ARTICLES)
def test_no_word_of_the_article_is_lost(text: str) -> None:
    kept = repaired(text).translate(str.maketrans("", "", "\"'“”‘’"))
    for line in text.split("\n"):
        line = line.strip().removeprefix(">>> ").removeprefix("... ").strip("'\"")
        line = line.translate(str.maketrans("", "", "\"'“”‘’"))
        if not line.isdigit() and "torchvision.models" not in line and line != "...":
            assert line.strip() in kept


def test_blocks_end_where_python_and_people_end_them() -> None:
    assert "        total_loss += loss.item()\n    return total_loss\n" in repaired(NUMBERED)
    assert "    with torch.no_grad():\n        return model(input_data)" in repaired(NUMBERED)
    assert "    x2 = lin1(x1)\nx3 = lin2(x2)\n" in repaired(FLATTENED)
    found = code_of(repaired(SENTENCES_OF_CODE))
    assert "        return x\nmodel = MyModel()\nwith torch.no_grad():\n    model.eval()" in found
    assert "self.dropout = torch.nn.Dropout(0.2)\n    def forward" in found


def test_a_sentence_that_is_a_call_is_no_code() -> None:
    assert repaired(SENTENCES_OF_CODE).count("\nmodel.eval()") == 0
    assert "# model.eval()\n# achieves this." in repaired(SENTENCES_OF_CODE)


def test_what_is_missing_is_imported_and_made() -> None:
    assert "from torch import nn" in repaired(FLATTENED)
    assert "import torchvision" not in code_of(repaired(FLATTENED))
    assert "A = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)\n\n" in repaired(WITH_PICTURES)
    assert "loss_function = nn.CrossEntropyLoss()" in repaired(NUMBERED)
    assert repaired("F.relu(np.ones(2))").startswith(
        "import torch.nn.functional as F\nimport numpy as np\n"
    )


def test_functions_are_called_where_nothing_runs_otherwise() -> None:
    assert "\nupdate_weights(model)\n" in repaired(NUMBERED)
    assert steps("def f(x):\n    return x * 2\nf(1)") == []


def test_each_step_is_said() -> None:
    assert steps(NUMBERED) == [
        "Take out the line numbers.",
        "Turn 5 lines of prose into comments.",
        "Indent 13 lines.",
        "Call `evaluate_model`, `update_weights`, `inference`: nothing calls them otherwise.",
        "Import `torch`, `nn`.",
        "Put in small values for `model`, `test_loader`, `loss_function` and 1 more.",
    ]
    assert steps(PROMPTS) == ["Import `torch`."]


def test_curly_quotes_in_code_become_straight() -> None:
    assert "\nprint('Gradient Disabled: ', B)" in repaired(WITH_PICTURES)


LEFT_ALONE = {
    "a mistake": "import torch\nx = torch.ones(2\ny = x * 2\nprint(y)",
    "words only": "This is a text about gradients.\nIt has no code at all.",
    "a method that is unknown": "import torch\nsave(torch.ones(2))",
    "a star import": "from torch import *\nx = ones(2)",
    "empty": "",
}


@pytest.mark.parametrize("text", LEFT_ALONE.values(), ids=LEFT_ALONE)
def test_what_is_not_understood_is_left_alone(text: str) -> None:
    assert repair_of(text) is None


EXAMPLES = sorted(resources.path("examples").glob("*.py"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_program_that_runs_needs_no_repair(path: Path) -> None:
    assert repair_of(path.read_text(encoding="utf-8")) is None
