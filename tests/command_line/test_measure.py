"""`tapescope measure`: its table, its sentences, its exit codes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.__main__ import main
from tests.support import snippet

pytestmark = pytest.mark.usefixtures("one_tracer")

PROGRAM = snippet("""
    net = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU())
    x = torch.ones(64, 64)
    y = net(x)
""")


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = Path("program.py")
    path.write_text(PROGRAM)
    return path


def test_the_table_has_a_row_for_each_mode_and_says_what_no_grad_saves(
    program: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["measure", "program.py", "--lines", "5"]) == 0
    lines = capsys.readouterr().out.splitlines()
    names = [line.split("  ")[0] for line in lines[1:5]]
    assert names == ["as written", "grad", "no_grad", "inference_mode"]
    assert lines[5] == "Median of 21 rounds, in turn, without tracing."
    assert re.fullmatch(r"torch \S+, CPU, \d+ threads?, \w+ \w+\.", lines[6])
    assert lines[-2:] == [
        "no_grad needs 16.0 KiB less at the peak. It holds 16.0 KiB less at the end.",
        "inference_mode needs 16.0 KiB less at the peak. It holds 16.0 KiB less at the end.",
    ]


@pytest.mark.parametrize(
    ("words", "added", "exit_code", "said"),
    [
        (["--lines", "5-9"], "", 0, "needs 16.0 KiB less"),
        (["--lines", "9"], "", 1, "cannot be measured: lines 9 to 9 are not whole"),
        (["--lines", "6"], "x.zero_()\n", 1, "line 6 changes x, so"),
        ([], "1 / 0\n", 1, "This cannot be measured: ZeroDivisionError: division by zero."),
        ([], "torch.save(x, 'x.pt')\n", 2, "line 6 calls torch.save, in every round"),
        (["--lines", "5-4"], "", 2, "ends before it begins"),
        (["--lines", "x"], "", 2, "is not a whole number"),
    ],
)
def test_what_cannot_be_measured_says_why(
    program: Path,
    words: list[str],
    added: str,
    exit_code: int,
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    program.write_text(PROGRAM + added)
    try:
        code: object = main(["measure", "program.py", *words])
    except SystemExit as leaving:
        code = leaving.code
    assert code == exit_code
    shown = capsys.readouterr()
    assert said in shown.out + shown.err


def test_a_saved_trace_is_no_program(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["measure", "run.json"]) == 2
    assert "run.json is a saved trace, which cannot be run" in capsys.readouterr().err
