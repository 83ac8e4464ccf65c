"""Sound programs in the styles that people use have no warning and no error."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.contract.records import Finding
from tests.support import TraceText

PROGRAMS = sorted((Path(__file__).parents[2] / "sound_programs").glob("*.py"))


def described(found: Finding) -> str:
    return f"{found.severity} {found.code}, line {found.line}: {found.title}. {found.text}"


def test_there_are_many_of_them() -> None:
    assert len(PROGRAMS) >= 25


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_a_sound_program_has_no_warning_and_no_error(trace: TraceText, program: Path) -> None:
    run = trace(program.read_text())
    assert run.error is None
    said = [described(found) for found in run.findings]
    print(*said, sep="\n")
    assert [one for one in said if not one.startswith("info ")] == []
