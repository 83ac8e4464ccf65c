"""`tapescope diff`: what is said of two runs, and the exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from app.__main__ import main
from app.session.trace.document import as_file
from tests.support import TraceText

pytestmark = pytest.mark.usefixtures("one_tracer")

BEFORE = """import torch
net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 1))
net[0].requires_grad_(False)
opt = torch.optim.SGD(net.parameters(), 0.1)
for step in range(3):
    net(torch.ones(3, 2)).mean().backward()
    opt.step()
"""
AFTER = BEFORE.replace("net[0].requires_grad_(False)", "scale = torch.ones(2) * 2").replace(
    "    net(torch", "    with torch.no_grad():\n        net[0](torch.ones(1, 2))\n    net(torch"
)
RAISES = BEFORE + "raise ValueError('late')\n"
Save = Callable[[str, str], str]


@pytest.fixture
def save(tmp_path: Path, trace: TraceText, monkeypatch: pytest.MonkeyPatch) -> Save:
    monkeypatch.chdir(tmp_path)

    def save(text: str, name: str) -> str:
        Path(name).write_bytes(as_file(trace(text), name))
        return name

    return save


def test_what_differs_is_listed(save: Save, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", save(BEFORE, "a.json.gz"), save(AFTER, "b.json")]) == 1
    out, err = capfd.readouterr()
    lines = out.splitlines()
    assert lines[0] == "Operations:"
    assert lines[1:4] == [
        "  linear in net.0, line 8: no input requires grad → recorded (3 times)",
        "  only in B: torch.ones(2) * 2, line 3, no input requires grad",
        "  only in B: linear in net.0, line 7, skipped — no_grad (3 times)",
    ]
    start = lines.index("Gradients:")
    assert lines[start + 1].startswith("  net.0.weight.grad: None (frozen on line 3) → norm ")
    assert lines[start + 3].startswith("  net.1.weight.grad: norm ")
    start = lines.index("What trains:")
    assert lines[start + 1 :][:2] == [
        "  net.0.weight: frozen → trains",
        "  net.0.bias: frozen → trains",
    ]
    assert lines[-1].startswith("Kept for backward: ")
    first, second, last = err.splitlines()
    assert first.startswith("tapescope: A (a.json.gz): Ran to its end")
    assert second.startswith("tapescope: B (b.json): Ran to its end")
    assert last == "tapescope: The runs differ."


def test_a_program_is_like_its_saved_trace(
    save: Save, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "train.py").write_text(BEFORE)
    assert main(["diff", save(BEFORE, "a.json"), "train.py"]) == 0
    out, err = capfd.readouterr()
    assert out == ""
    assert err.endswith("tapescope: The runs are alike.\n")


def test_an_exception_is_a_difference(save: Save, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", save(BEFORE, "a.json"), save(RAISES, "b.json")]) == 1
    assert "B (b.json): ValueError on line 8: late" in capfd.readouterr().err


def test_runs_that_ended_differently_alone_say_so(
    save: Save, capfd: pytest.CaptureFixture[str]
) -> None:
    files = save(BEFORE, "a.json"), save(f"{BEFORE}raise ValueError('late')\n", "b.json")
    assert main(["diff", *files]) == 1
    out, err = capfd.readouterr()
    assert out == ""
    assert err.endswith("tapescope: The runs differ in how they ended only.\n")


def test_html_is_a_page_with_both(save: Save, capfd: pytest.CaptureFixture[str]) -> None:
    files = save(BEFORE, "a.json"), save(AFTER, "b.json")
    assert main(["diff", *files, "--format", "html"]) == 1
    out, err = capfd.readouterr()
    assert out.startswith("<!DOCTYPE html>")
    assert "Both graphs, aligned" in out
    assert "The runs differ." in err


def test_runs_that_cannot_be_aligned_say_how_much_could(
    save: Save, capfd: pytest.CaptureFixture[str]
) -> None:
    files = save(BEFORE, "a.json"), save("print('no torch')\n", "b.json")
    text = "Only 0 % of both runs could be aligned: they are different programs."
    assert main(["diff", *files]) == 1
    assert capfd.readouterr().err.endswith(f"tapescope: The runs differ. {text}\n")
    assert main(["diff", *files, "--format", "html"]) == 1
    assert text in capfd.readouterr().out


def test_json_says_the_same(save: Save, capfd: pytest.CaptureFixture[str]) -> None:
    files = save(BEFORE, "a.json"), save(AFTER, "b.json")
    assert main(["diff", *files, "--format", "json"]) == 1
    found = json.loads(capfd.readouterr().out)
    assert not found["alike"]
    assert {(one["first"]["reason"], one["second"]["reason"]) for one in found["operations"]} == {
        ("no_input_requires_grad", "recorded")
    }
    assert {one["line"] for one in found["only_second"]} == {3, 7}
    assert found["only_first"] == []
    assert [row["change"] for row in found["gradients"][:2]] == ["appeared", "appeared"]
    assert found["training"][0] == {"name": "net.0.weight", "first": "frozen", "second": "trained"}
    before, after = found["kept_bytes"]
    assert before < after


def test_a_run_that_was_stopped_has_an_exit_code_of_its_own(save: Save, tmp_path: Path) -> None:
    (tmp_path / "endless.py").write_text("while True: pass")
    assert main(["diff", save(BEFORE, "a.json"), "endless.py", "--timeout", "0.5"]) == 3


BAD_USAGE = {
    "one input for two": (["-", "-"], "standard input can be one of the two, not both"),
    "an option of a run for traces": (
        ["a.json", "a.json", "--mode", "grad"],
        "a.json is a saved trace and is not run, so --mode has no effect",
    ),
    "traces of different versions": (
        ["a.json", "old.json"],
        "old.json: $.version: this trace has version 7; this program reads version 1",
    ),
    "one file": (["a.json"], "the following arguments are required: B"),
    "a missing file": (["a.json", "gone.py"], "gone.py cannot be read: No such file"),
}


@pytest.mark.parametrize(("words", "said"), BAD_USAGE.values(), ids=BAD_USAGE)
def test_bad_usage_is_one_line(
    save: Save, capfd: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    save(BEFORE, "a.json")
    Path("old.json").write_text('{"format": "tapescope-trace", "version": 7}')
    try:
        code: object = main(["diff", *words])
    except SystemExit as exit:
        code = exit.code
    assert code == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert said in err
    assert err.count("\n") == 1
