"""Each kind of cause, asked for everything that the program says and does about it."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import get_args

import pytest

from app.contract.records import Cause, CauseKind
from app.session.causes.registry import is_own, kind_of
from app.session.source.code_marks import Style

KINDS: tuple[CauseKind, ...] = get_args(CauseKind)
ROOT = Path(__file__).parents[3]
OF_ONE_KIND = {
    "app/session/explain/flow.py": {"backward"},
    "app/session/explain/origins.py": {"what_if"},
    "app/session/findings/case.py": {"custom_function"},
    "app/session/findings/learning/evaluation.py": {"with"},
    "app/session/findings/lost/regions.py": {"call"},
    "app/session/run.py": {"custom_function", "library"},
    "app/session/graph/setup_work.py": {"library"},
    "app/session/trace/growing_count.py": {"library"},
}
"""Where the question is whether a cause is of one kind, and not what to say of each."""


@pytest.mark.parametrize("line", [9, None])
@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_says_everything_with_a_line_and_without(kind: CauseKind, line: int | None) -> None:
    cause = Cause(
        kind, line, "inside F.forward" if kind == "custom_function" else "torch.no_grad()"
    )
    about = kind_of(cause)
    said = [about.where(cause, Style(marks=marks)) for marks in (True, False)]
    said += [about.since(cause), about.noted("no_grad", cause)]
    said += [about.switched(cause, on=on) for on in (True, False)]
    said.append(about.without(cause))
    assert all(said)
    assert not any("None" in text or "{" in text for text in said)
    if line is not None and kind != "what_if":  # a mode of the whole run is on no line
        assert all("9" in text for text in said)


def test_no_two_kinds_say_the_same_of_the_same_region() -> None:
    causes = [Cause(kind, 9, "torch.no_grad()") for kind in KINDS]
    said = [kind_of(cause).where(cause, Style(marks=False)) for cause in causes]
    alike = {kind for kind, text in zip(KINDS, said, strict=True) if said.count(text) > 1}
    assert alike == {"with", "library"}


def test_own_regions_are_those_of_the_snippets_text() -> None:
    own = {kind for kind in KINDS if is_own(Cause(kind, 1, ""))}
    assert own == {"with", "decorator", "call"}


def test_kinds_are_told_apart_in_the_registry_alone() -> None:
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / "app").rglob("*.py")):
        if path.parent.name in ("causes", "contract") or "tracer" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Compare) and ast.unparse(node.left).endswith("cause.kind"):
                kinds = {one.value for one in ast.walk(node) if isinstance(one, ast.Constant)}
                name = path.relative_to(ROOT).as_posix()
                found.setdefault(name, set()).update(map(str, kinds))
            assert not (
                isinstance(node, ast.Match) and ast.unparse(node.subject).endswith("cause.kind")
            ), path
    assert found == OF_ONE_KIND
