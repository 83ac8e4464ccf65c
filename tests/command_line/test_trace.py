"""`tapescope trace`: what it says in one line, and a document after it was written again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.__main__ import main
from app.session.trace.document import as_file, load
from tests.support import TraceText

TEXT = """import torch
w = torch.ones(2, requires_grad=True)
for step in range(3):
    with torch.no_grad():
        w.mul_(2)
    (w * step).sum().backward()
"""


@pytest.mark.parametrize("indent", [None, 2])
def test_spaces_in_a_document_change_nothing(
    tmp_path: Path, trace: TraceText, capfd: pytest.CaptureFixture[str], indent: int | None
) -> None:
    made, again = tmp_path / "made.json", tmp_path / "again.json"
    made.write_bytes(as_file(trace(TEXT), made.name))
    again.write_text(json.dumps(json.loads(made.read_bytes()), indent=indent), "utf-8")
    assert load(again.read_bytes()).trace == load(made.read_bytes()).trace
    assert main(["diff", str(made), str(again)]) == 0
    assert capfd.readouterr().err.endswith("tapescope: The runs are alike.\n")


def test_the_message_of_an_error_cannot_command_a_terminal(
    tmp_path: Path, trace: TraceText, capfd: pytest.CaptureFixture[str]
) -> None:
    made = tmp_path / "made.json"
    run = trace("raise ValueError('a\\u202eb\\r\\x1b[31m')\n")
    made.write_bytes(as_file(run, made.name))
    main(["trace", str(made)])
    printed = capfd.readouterr()
    assert r"ValueError on line 1: a\u202eb\r\x1b[31m" in printed.out
    assert not {"\u202e", "\r", "\x1b"} & set(printed.out + printed.err)


def test_of_an_endless_message_the_beginning_is_said(
    tmp_path: Path, trace: TraceText, capfd: pytest.CaptureFixture[str]
) -> None:
    made = tmp_path / "made.json"
    made.write_bytes(as_file(trace("raise ValueError(str([0] * 100_000))\n"), made.name))
    main(["trace", str(made)])
    said = next(line for line in capfd.readouterr().out.splitlines() if "ValueError" in line)
    assert said.startswith("ValueError on line 1: [0, 0, ")
    assert len(said) < 2100


LOOP = """import torch
w = torch.ones(2, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1)
for step in range(5):
    w.sum().backward()
    optimizer.step()
"""


@pytest.mark.usefixtures("one_tracer")
def test_a_run_that_ended_after_some_iterations_says_so(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "loop.py"
    path.write_text(LOOP)
    assert main(["trace", str(path), "--iterations", "2", "-o", str(tmp_path / "run.json")]) == 0
    assert capfd.readouterr().err.startswith("tapescope: Ended after 2 iterations in ")


@pytest.mark.usefixtures("one_tracer")
def test_the_line_on_an_error_ends_with_a_sentence(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "raise.py"
    path.write_text("raise ValueError('It is wrong. Mend it, and by\\nall means.')")
    assert main(["trace", str(path), "-o", str(tmp_path / "run.json")]) == 1
    last = capfd.readouterr().err.splitlines()[-1]
    assert last == "tapescope: ValueError on line 1: It is wrong. Operations: none."


SQUARE = """import torch
b = torch.tensor(7.0, requires_grad=True)
loss = b ** 2
loss.backward()
"""


@pytest.mark.usefixtures("one_tracer")
def test_steps_on_a_page_have_their_rules_unless_the_program_must_not_run_again(
    tmp_path: Path,
) -> None:
    program, written = tmp_path / "square.py", tmp_path / "square.html"
    program.write_text(SQUARE)
    assert main(["trace", str(program), "-o", str(written)]) == 0
    text = written.read_text()
    assert "The exponent comes down as a factor" in text
    assert ">14.00<" in text
    program.write_text(f"{SQUARE}open({str(tmp_path / 'log')!r}, 'w').write('once')\n")
    assert main(["check", str(program), "-o", str(written)]) == 0
    text = written.read_text()
    assert "The exponent comes down as a factor" not in text
    assert "Line 5 has effects outside the program" in text
