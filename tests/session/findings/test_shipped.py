"""What is found in the examples and the lessons: what they are about, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.session import resources
from app.session.lectures.shipped import lessons
from tests.support import TraceText

EXAMPLES = {path.stem: path.read_text() for path in Path(resources.path("examples")).glob("*.py")}
SHIPPED = EXAMPLES | {page.key: page.snippet for page in lessons().pages}
WANTED = {
    "01_three_linear_layers": ["cut_by_grad_mode"],
    "04_weight_update_by_hand": ["non_leaf_parameter"],
    "07_train_eval_and_no_grad": ["evaluation_records"],
    "08_inference_mode": ["cut_by_grad_mode"],
    "04_no_grad": ["cut_by_grad_mode"],
    "06_decorator": ["zero_gradient"],
    "07_detach": ["cut_by_detach"],
    "08_eval_is_not_no_grad": ["evaluation_records"],
}
"""Errors and warnings; all others have none."""


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_only_what_it_is_about_is_found(trace: TraceText, name: str) -> None:
    found = trace(SHIPPED[name]).findings
    grave = [one.code for one in found if one.severity != "info"]
    assert grave == WANTED.get(name, [])
