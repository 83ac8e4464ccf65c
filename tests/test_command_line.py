"""`tapescope` and `tapescope trace`, as a shell calls them."""

from __future__ import annotations

import gzip
import io
import json
import os
import platform
import signal
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from app.__main__ import main
from app.contract.records import Cause, Reason, Trace
from app.session.trace.document import load
from tests.graphviz_render.test_worker import put_dot

pytestmark = pytest.mark.usefixtures("one_tracer")

ROOT = Path(__file__).resolve().parents[1]
SNIPPET = """import torch
x = torch.ones(3, requires_grad=True)
print("to stdout")
with torch.no_grad():
    y = x * 2
(x * y).sum().backward()
"""


Call = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def tapescope(capfd: pytest.CaptureFixture[str]) -> Call:
    """Calls a command in the process of the test."""

    def call(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        code = main([*map(str, arguments)])
        return subprocess.CompletedProcess(arguments, code, *capfd.readouterr())

    return call


def as_process(*arguments: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app", *map(str, arguments)],
        input=stdin,
        text=True,
        capture_output=True,
        check=False,
    )


@pytest.fixture
def snippet(tmp_path: Path) -> Path:
    path = tmp_path / "snippet.py"
    path.write_text(SNIPPET)
    return path


def exit_code_of(arguments: list[str]) -> object:
    try:
        return main(arguments)
    except SystemExit as exit:  # argparse's own exit
        return exit.code


def trace_of(path: Path) -> Trace:
    return load(path.read_bytes()).trace


def test_every_kind_of_file_from_one_run(snippet: Path) -> None:
    suffixes = (".json", ".dot", ".svg", ".pdf", ".png")
    outputs = [snippet.with_suffix(suffix) for suffix in suffixes]
    done = as_process("trace", snippet, *(word for out in outputs for word in ("-o", out)))
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("to stdout\ntapescope: Ran to its end in ")
    assert done.stderr.endswith(". Operations: 2 recorded, 1 no_grad.\n")
    document, dot, svg, pdf, png = outputs
    trace = trace_of(document)
    assert trace.run.status == "ok"
    assert (trace.run.seed, trace.run.device, trace.run.mode) == (0, "cpu", "as-written")
    assert (trace.snippet.path, trace.snippet.text) == (str(snippet), SNIPPET)
    assert trace.output.stdout == "to stdout\n"
    assert [operation.reason for operation in trace.operations] == [
        "source", "no_grad", "recorded", "recorded",
    ]  # fmt: skip
    assert [(gradient.name, gradient.why.code) for gradient in trace.gradients] == [
        ("x", "accumulated")
    ]
    assert dot.read_text().startswith("digraph")
    drawn = ElementTree.parse(svg).getroot()
    texts = {element.text for element in drawn.iter("{http://www.w3.org/2000/svg}text")}
    assert {"mul", "skipped — no_grad"} <= texts, "drawn as in the window"
    assert pdf.read_bytes().startswith(b"%PDF")
    assert png.read_bytes().startswith(b"\x89PNG")


def test_a_what_if_records_what_the_snippet_skips(tapescope: Call, snippet: Path) -> None:
    out = snippet.with_suffix(".json")
    done = tapescope("trace", snippet, "--mode", "grad", "-o", out)
    assert done.returncode == 0
    assert done.stderr.startswith("to stdout\ntapescope: What if: grad everywhere. ")
    trace = trace_of(out)
    assert trace.run.mode == "grad"
    assert [op.reason for op in trace.operations if op.name == "mul"] == ["recorded"] * 2
    assert [(span.kind, span.effective) for span in trace.grad_modes] == [("no_grad", False)]


@pytest.mark.parametrize(
    ("mode", "reason"), [("no-grad", "no_grad"), ("inference", "inference_mode")]
)
def test_backward_in_a_what_if_without_recording_says_what_to_choose(
    tapescope: Call, snippet: Path, mode: str, reason: Reason
) -> None:
    out = snippet.with_suffix(".json")
    done = tapescope("trace", snippet, "--mode", mode, "-o", out)
    assert done.returncode == 1
    trace = trace_of(out)
    assert trace.error is not None
    assert trace.error.line == 6
    assert "does not require grad" in trace.error.message
    assert "what-if" in (trace.error.hint or "")
    assert "Reset the what-if" in (trace.error.hint or "")
    last = next(op for op in trace.operations if op.name == "sum")
    assert (last.reason, last.cause) == (reason, Cause("what_if", None, reason))


def test_without_an_output_there_is_a_summary(tapescope: Call, snippet: Path) -> None:
    done = tapescope("trace", snippet)
    assert done.returncode == 0
    assert "2 recorded, 1 no_grad" in done.stdout
    assert "x.grad  norm 3.464" in done.stdout
    assert "to stdout" not in done.stdout


def test_gradients_that_are_none_for_one_reason_share_a_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "s.py"
    path.write_text(
        "import torch\nnet = torch.nn.Sequential(*[torch.nn.Linear(2, 2) for _ in range(3)])\n"
        "net.requires_grad_(False)\nx = torch.ones(2, requires_grad=True)\nnet(x).sum().backward()"
    )
    assert main(["trace", str(path)]) == 0
    said = capfd.readouterr().out.splitlines()
    assert [" ".join(line.split()) for line in said if "net." in line] == [
        "net.0.weight.grad and 5 more None requires_grad was set to False on line 3."
    ]


def test_findings_are_in_the_summary(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "s.py"
    path.write_text("import torch\ny = torch.ones(2, requires_grad=True) * 2\ny.backward()\n")
    assert main(["trace", str(path)]) == 1
    said = capfd.readouterr().out
    assert "Error on line 3: `backward()` was called on more than one number. `y` has 2" in said


def test_standard_input_to_json_on_standard_output() -> None:
    done = as_process("trace", "-", "-o", "-", "--seed", "5", "--max-ops", "1", stdin=SNIPPET)
    assert done.returncode == 0
    assert done.stderr.startswith("to stdout\ntapescope: Ran to its end in ")
    assert done.stderr.endswith(
        "The record is partial: recording stopped after 1 operation, as asked. It ends on line 2.\n"
    )
    assert done.stderr.count("\n") == 2
    trace = load(done.stdout).trace
    assert trace.snippet.path is None
    assert (trace.run.seed, trace.run.truncated, len(trace.operations)) == (5, True, 1)


def test_a_snippet_gets_what_a_shell_would_give_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    path, elsewhere, data = tmp_path / "s.py", tmp_path / "elsewhere", tmp_path / "in.txt"
    path.write_text(
        "import os, sys\nprint(sys.argv[1:], os.getcwd(), os.environ['OMP_NUM_THREADS'])\n"
        "import torch\nprint(torch.get_num_threads(), input(), __file__)"
    )
    elsewhere.mkdir()
    data.write_text("erste Zeile ä\n")
    done = as_process(
        "trace", path, "--cwd", elsewhere, "--env", "OMP_NUM_THREADS=1", "--stdin", data,
        "-o", tmp_path / "s.json", "--python", sys.executable, "--", "--lr", "0.1", "-o", "x y",
    )  # fmt: skip
    assert done.returncode == 0
    assert done.stderr.startswith(
        f"['--lr', '0.1', '-o', 'x y'] {elsewhere} 1\n1 erste Zeile ä {path}\n"
    )


def test_the_input_of_a_snippet_can_be_piped_in(tmp_path: Path) -> None:
    path = tmp_path / "s.py"
    path.write_text("print(input() * 2)")
    done = as_process("trace", path, "--stdin", "-", stdin="ab\n")
    assert (done.returncode, done.stderr) == (0, "abab\n")


def test_input_that_is_not_there_is_told_with_what_to_do(tapescope: Call, tmp_path: Path) -> None:
    path = tmp_path / "s.py"
    path.write_text("x = input('How many? ')")
    done = tapescope("trace", path)
    assert done.returncode == 1
    assert "EOFError on line 1" in done.stdout
    assert "--stdin FILE" in done.stdout


def test_where_it_ran_is_in_the_document(snippet: Path) -> None:
    output = snippet.with_suffix(".json")
    assert main(["trace", str(snippet), "-o", str(output)]) == 0
    run = trace_of(output).run
    assert run.host == platform.node()
    assert run.system == f"{platform.system()} {platform.machine()}"


SLOW = "import time\nbegan = time.monotonic()\nwhile time.monotonic() < began + 1.5: pass\n"
ENDINGS = {
    "an exception": ("1 / 0", [], 1, "raised", "division by zero"),
    "an exit": ("import sys; sys.exit(7)", ["--no-seed"], 1, "raised", "7"),
    "no Python": ("x = (", [], 1, "syntax_error", "'(' was never closed"),
    "a crash": ("import os; os.abort()", [], 3, "crashed", "SIGABRT"),
    "too long": ("while True: pass", ["--timeout", "0.5"], 3, "timeout", "time limit"),
    "too large": ("x = bytearray(1 << 31)", ["--memory", "900"], 3, "out_of_memory", ""),
}


@pytest.mark.parametrize(
    ("text", "options", "code", "status", "said"), ENDINGS.values(), ids=ENDINGS
)
def test_how_a_run_ended_is_the_exit_code(
    tmp_path: Path, text: str, options: list[str], code: int, status: str, said: str
) -> None:
    path, output = tmp_path / "s.py", tmp_path / "s.json"
    path.write_text(text)
    assert main(["trace", str(path), *options, "-o", str(output)]) == code
    trace = trace_of(output)
    assert trace.run.status == status
    assert trace.error is not None
    assert said in trace.error.message


def test_an_error_is_in_the_summary(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "s.py"
    path.write_text("import torch\ntorch.ones(2).backward()")
    assert main(["trace", str(path)]) == 1
    said = capfd.readouterr().out
    assert "RuntimeError on line 2: element 0 of tensors does not require grad" in said
    assert "Operations: none." in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_termination_stop_the_run_and_keep_what_came_before(
    tmp_path: Path, number: signal.Signals
) -> None:
    path, output = tmp_path / "s.py", tmp_path / "s.json"
    path.write_text("import torch\nx = torch.ones(2)\nprint('looping')\nwhile True: pass")
    with subprocess.Popen(
        [sys.executable, "-m", "app", "trace", path, "-o", output],
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "looping\n"
        process.send_signal(number)
        said = process.stderr.read()
    assert process.returncode == 3
    assert "KeyboardInterrupt" in said
    assert "app/" not in said
    assert trace_of(output).run.status == "stopped"
    assert [operation.name for operation in trace_of(output).operations] == ["ones"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_waiting_for_the_reader_of_an_output_can_be_ended(
    tmp_path: Path, number: signal.Signals
) -> None:
    path, read, unread = tmp_path / "s.py", tmp_path / "read.json", tmp_path / "unread.json"
    path.write_text("import torch")
    os.mkfifo(read)
    os.mkfifo(unread)
    with subprocess.Popen(
        [sys.executable, "-m", "app", "trace", path, "-o", read, "-o", unread],
        stderr=subprocess.PIPE,
    ) as process:
        assert json.loads(read.read_bytes())["snippet"]["text"] == "import torch"
        process.send_signal(number)
        try:
            assert process.wait(60) == 3
        finally:
            process.kill()


BAD_USAGE = {
    "no command's file": (["trace"], "the following arguments are required: FILE"),
    "a missing file": (["trace", "no_such.py"], "no_such.py cannot be read: No such file"),
    "a folder": (["trace", "."], ". cannot be read: Is a directory"),
    "a device without an end": (
        ["trace", "/dev/zero"],
        "/dev/zero has more than 100 MB, which is too large for Python code",
    ),
    "an unknown ending": (
        ["trace", "s.py", "-o", "a.gif"],
        "'a.gif' must end in one of .json, .json.gz, .html,",
    ),
    "a folder to run in": (["trace", "s.py", "--cwd", "gone"], "'gone' is not a folder"),
    "a variable": (["trace", "s.py", "--env", "A"], "'A' is not NAME=VALUE"),
    "no input": (["trace", "s.py", "--stdin", "gone.txt"], "gone.txt cannot be read: No such file"),
    "no Python": (
        ["trace", "s.py", "--python", "./gone"],
        "./gone cannot be started: No such file",
    ),
    "one input for two": (["trace", "-", "--stdin", "-"], "either the snippet or what it reads"),
    "an unknown mode": (["trace", "s.py", "--mode", "x"], "invalid choice: 'x'"),
    "an unknown device": (
        ["trace", "s.py", "--device", "tpu"],
        "'tpu' is not a device; choose auto, cpu,",
    ),
    "a seed in words": (["trace", "s.py", "--seed", "one"], "'one' is not a whole number"),
    "a seed too large": (["trace", "s.py", "--seed", "9" * 30], "range of torch's seeds"),
    "a negative time": (["trace", "s.py", "--timeout", "-1"], "-1 is not a time in seconds"),
    "no time": (["trace", "s.py", "--timeout", "nan"], "nan is not a time in seconds"),
    "no memory": (["trace", "s.py", "--memory", "0"], "0 is not 1 or more"),
    "no operations": (["trace", "s.py", "--max-ops", "0"], "0 is not 1 or more"),
    "an unknown option": (["--colour"], "unrecognized arguments: --colour"),
    "a second file that is missing": (["s.py", "b.py"], "b.py is neither a file nor a command"),
    "a file that is not there": (["gone.py"], "gone.py is neither a file nor a command. See"),
    "a command that is nearly one": (["selftest"], "command (did you mean self-test?). See"),
    "an option that is nearly one": (
        ["trace", "s.py", "--devcie=cpu"],
        "unrecognized arguments: --devcie=cpu (did you mean --device?)",
    ),
    "a file and a module": (["trace", "s.py", "-m", "s"], "s.py and -m s: give one of them"),
    "an option of a run for a trace": (
        ["trace", "t.json", "--seed", "1"],
        "t.json is a saved trace and is not run, so --seed has no effect; leave it out",
    ),
    "arguments for a trace": (["check", "t.json", "--", "--lr"], "what follows -- has no effect"),
    "no trace": (["trace", "s.json"], "s.json: $: not JSON"),
    "a trace of another version": (
        ["check", "old.json"],
        "version 7; this program reads version 1",
    ),
    "a damaged archive": (["trace", "bad.json.gz"], "bad.json.gz: $: damaged gzip data"),
}


@pytest.mark.parametrize(("arguments", "said"), BAD_USAGE.values(), ids=BAD_USAGE)
def test_bad_usage_is_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("s.py").write_text("x = 1")
    Path("s.json").write_text("x = 1")
    Path("old.json").write_text('{"format": "tapescope-trace", "version": 7}')
    Path("bad.json.gz").write_bytes(gzip.compress(b"{}")[:-3])
    assert exit_code_of(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("tapescope")
    assert said in err
    assert err.count("\n") == 1


ENCODINGS = {
    "UTF-8 with a mark": (b"\xef\xbb\xbfx = '\xc3\xa4'\r\n", "x = 'ä'\n"),
    "a named encoding": (b"# coding: latin-1\nx = '\xe4'", "# coding: latin-1\nx = 'ä'"),
}


@pytest.mark.parametrize(("data", "text"), ENCODINGS.values(), ids=ENCODINGS)
def test_a_file_is_decoded_as_python_does(tmp_path: Path, data: bytes, text: str) -> None:
    path = tmp_path / "s.py"
    path.write_bytes(data + b"\nprint(ascii(x))")
    assert main(["trace", str(path), "-o", str(tmp_path / "s.json")]) == 0
    trace = trace_of(tmp_path / "s.json")
    assert trace.snippet.text == f"{text}\nprint(ascii(x))"
    assert trace.output.stdout == "'\\xe4'\n"


UNREADABLE = {
    "not UTF-8": (b"x = 1\ny = '\xe4'", "is not UTF-8: line 2 holds the byte 0xE4"),
    "not what it says": (
        b"# coding: ascii\nx = '\xe4'",
        "is not ASCII: line 2 holds the byte 0xE4",
    ),
    "an unknown encoding": (b"# coding: klingon\n", "unknown encoding"),
    "an encoding of no text": (b"# coding: hex\n61", "not a text encoding"),
}


@pytest.mark.parametrize(("data", "said"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_cannot_be_decoded_is_told_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], data: bytes, said: str
) -> None:
    path = tmp_path / "s.py"
    path.write_bytes(data)
    assert main(["trace", str(path)]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def notebook(path: Path, *sources: str) -> Path:
    cleared: dict[str, object] = {"metadata": {}, "execution_count": None, "outputs": []}
    cells = [{"cell_type": "code", "source": text, **cleared} for text in sources]
    content = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}
    path.write_text(json.dumps(content))
    return path


def test_a_notebook_that_was_cleared_runs_as_cells(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = notebook(tmp_path / "n.ipynb", "%matplotlib inline\nimport torch", SNIPPET)
    out = tmp_path / "out.json"
    assert main(["trace", str(path), "-o", str(out)]) == 0
    trace = trace_of(out)
    first, second = trace.snippet.cells
    assert (first.line, first.end_line, second.line, second.number) == (2, 3, 5, 2)
    assert first.seconds is not None
    assert second.seconds is not None
    assert first.seconds + second.seconds <= trace.run.seconds
    assert [(note.code, note.line) for note in trace.notes] == [("magic", 2)]
    assert "1 line is for IPython and did not run." in capfd.readouterr().err
    assert {operation.line for operation in trace.operations} == {6, 9, 10}


def test_an_error_in_a_cell_ends_the_run(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = notebook(
        tmp_path / "n.ipynb", "import torch", "torch.ones(2, 2) @ torch.ones(3, 3)", "x = 1"
    )
    out = tmp_path / "out.json"
    assert main(["trace", str(path), "-o", str(out)]) == 1
    trace = trace_of(out)
    assert trace.error is not None
    assert trace.error.line == 4
    assert trace.error.hint is not None
    assert f"{trace.error.message}. {trace.error.hint} Operations" in capfd.readouterr().err
    assert trace.snippet.cells[2].seconds is None


def test_what_is_not_a_notebook_is_bad_usage(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "n.ipynb"
    path.write_text("{broken")
    assert main(["trace", str(path)]) == 2
    said = f"tapescope: {path} is not a notebook: it is not JSON. Export it again from Jupyter.\n"
    assert capfd.readouterr().err == said


def test_prompts_and_magics_are_taken_off_a_file(tmp_path: Path) -> None:
    path, out = tmp_path / "pasted.py", tmp_path / "out.json"
    path.write_text("!pip install x\n>>> import torch\n>>> torch.ones(2) * 2\ntensor([2., 2.])\n")
    assert main(["trace", str(path), "-o", str(out)]) == 0
    text = "# !pip install x\nimport torch\ntorch.ones(2) * 2\n# tensor([2., 2.])\n"
    assert trace_of(out).snippet.text == text


def test_an_absent_device_is_told_with_the_reason(
    snippet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["trace", str(snippet), "--device", "cuda:99"]) == 2
    assert capsys.readouterr().err.startswith("tapescope: --device cuda:99: ")


def test_an_output_that_cannot_be_written(snippet: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", str(snippet), "-o", "/no/such/folder/x.json"]) == 2
    assert "/no/such/folder/x.json cannot be written: No such file" in capfd.readouterr().err


def test_no_qt_and_no_torch_is_loaded(snippet: Path) -> None:
    outputs = [f"-o{snippet.with_suffix(suffix)}" for suffix in (".json", ".dot", ".svg")]
    code = (
        "import sys; from app.__main__ import main\n"
        f"assert main(['trace', {str(snippet)!r}, *{outputs!r}]) == 0\n"
        "print(sorted({n.split('.')[0] for n in sys.modules} & {'PySide6', 'shiboken6', 'torch'}))"
    )
    gone = ("DISPLAY", "QT_QPA_PLATFORM")
    without_display = {name: value for name, value in os.environ.items() if name not in gone}
    said = subprocess.check_output(
        [sys.executable, "-c", code], env=without_display, stderr=subprocess.DEVNULL, text=True
    )
    assert said == "[]\n"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Qt needs no display there")
@pytest.mark.parametrize(
    ("display", "said"),
    [
        ({}, "tapescope: There is no screen to open a window on: "),
        ({"DISPLAY": ":4711"}, "tapescope: This application failed to start because no Qt"),
    ],
    ids=["no display", "a display that is not there"],
)
def test_without_a_screen_the_window_says_so_and_ends(display: dict[str, str], said: str) -> None:
    gone = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    without = {name: value for name, value in os.environ.items() if name not in gone}
    child = subprocess.run(
        [sys.executable, "-m", "app"],
        env=without | display, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert child.returncode == 2
    assert child.stderr.startswith(said)


def test_the_version() -> None:
    assert as_process("--version").stdout.startswith("tapescope ")


@pytest.mark.parametrize("command", [[], ["trace"], ["check"], ["diff"], ["self-test"]])
def test_help_has_defaults_exit_codes_and_examples(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code_of([*command, "--help"]) == 0
    said = capsys.readouterr().out
    assert "exit status:" in said
    assert "example" in said
    if command != ["self-test"]:
        assert "time limit in seconds; 0 for no limit (default: " in said.replace(
            "\n" + " " * 24, " "
        )
    assert all(len(line) <= 100 for line in said.splitlines())


def test_a_nearly_right_command_loads_nothing_of_qt() -> None:
    code = (
        "import sys; from app.__main__ import main\n"
        "assert main(['selftest']) == 2\n"
        "print(sorted({n.split('.')[0] for n in sys.modules} & {'PySide6', 'torch', 'msgspec'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"DISPLAY": ":4711"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "[]\n"
    assert "did you mean self-test?" in done.stderr


def test_a_saved_trace_is_converted_and_not_run(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path, saved, again = (tmp_path / name for name in ("s.py", "s.json.gz", "again.json"))
    path.write_text(SNIPPET + "1 / 0\n")
    assert main(["trace", str(path), "-o", str(saved)]) == 1
    assert saved.read_bytes()[:2] == b"\x1f\x8b"
    path.unlink()
    page, picture = saved.with_name("page.html"), saved.with_name("picture.dot")
    words = [word for out in (again, page, picture) for word in ("-o", str(out))]
    assert main(["trace", str(saved), *words]) == 0
    assert again.read_bytes() == gzip.decompress(saved.read_bytes())
    assert b"<html" in page.read_bytes()
    assert picture.read_text().startswith("digraph")
    assert capfd.readouterr().err.count("to stdout") == 1, "it ran once"


@pytest.mark.parametrize("of_a_file", [True, False])
def test_only_a_program_from_standard_input_has_a_time_limit_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, of_a_file: bool
) -> None:
    monkeypatch.setattr("app.command_line.running.STDIN_TIMEOUT", 0.5)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(SLOW.encode())))
    path, out = tmp_path / "s.py", tmp_path / "s.json"
    path.write_text(SLOW)
    assert main(["trace", str(path) if of_a_file else "-", "-o", str(out)]) == 3 * (not of_a_file)
    assert trace_of(out).run.status == ("ok" if of_a_file else "timeout")


def test_the_self_test_says_what_works_and_which_versions(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert main(["self-test"]) == 0
    said = capfd.readouterr().out
    assert "FAILS" not in said
    assert [line.split()[1] for line in said.splitlines() if line.startswith("ok ")] == [
        "packages", "window", "trace", "layout", "picture",
    ]  # fmt: skip
    assert platform.python_version() in said
    assert said.endswith("Everything works.\n")


def test_the_self_test_says_what_is_missing_and_how_to_get_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    venv.create(tmp_path / "empty", with_pip=False)
    assert main(["self-test", "--python", str(tmp_path / "empty" / "bin" / "python")]) == 1
    said = capfd.readouterr().out
    assert "FAILS trace" in said
    assert "pip install torch" in said
    assert "Traceback" not in said


def test_the_self_test_draws_nothing_with_a_dot_that_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    put_dot(tmp_path, monkeypatch, "echo broken >&2; exit 3")
    assert main(["self-test"]) == 1
    said = capfd.readouterr().out
    assert "FAILS layout" in said
    assert "failed with status 3: broken" in said
    assert "FAILS picture       Nothing was laid out, so there is nothing to draw." in said


CUT = """import torch
w = torch.ones(2, requires_grad=True)
v = torch.ones(2, requires_grad=True)
print("once")
y = (w * 2).detach()
(y * v).sum().backward()
"""


def test_a_fix_is_tried_unheard(tapescope: Call, tmp_path: Path) -> None:
    path, out = tmp_path / "cut.py", tmp_path / "cut.json"
    path.write_text(CUT)
    assert "Drop `detach` on line 5. Tried: `w` gets a gradient, no error." in (
        tapescope("trace", path).stdout
    )
    done = tapescope("trace", path, "-o", out)
    assert done.stderr.startswith("once\ntapescope: ")
    assert done.stderr.endswith("Findings: 1 warning.\n")
    assert done.stderr.count("\n") == 2
    (found,) = trace_of(out).findings
    assert found.fix is not None
    assert found.fix.effect == "`w` gets a gradient, no error"


def test_a_fix_of_what_writes_a_file_is_not_tried(tapescope: Call, tmp_path: Path) -> None:
    path = tmp_path / "cut.py"
    path.write_text(CUT + f"open({str(tmp_path / 'log')!r}, 'a').write('x')\n")
    said = tapescope("trace", path).stdout
    assert "Not tried: line 7 calls `open()`, which acts outside the program." in said
    assert (tmp_path / "log").read_text() == "x"


STREAMS = {
    "a pipe that nobody reads": ("trace ok.py | true", 2, "Broken pipe"),
    "a full disk": ("trace ok.py > /dev/full", 2, "No space left"),
    "no stdout": ("trace ok.py >&-", 2, "standard output is closed"),
    "no stdout for JSON": ("trace ok.py -o - >&-", 2, "standard output is closed"),
    "no stdin": ("trace - <&-", 2, "standard input is closed"),
    "a full stderr": ("trace ok.py -o out.json 2> /dev/full", 0, ""),
    "no stderr": ("trace ok.py -o out.json 2>&-", 0, ""),
    "no stream at all": ("trace ok.py -o out.json <&- >&- 2>&-", 0, ""),
    "a failure and no stderr": ("trace missing.py 2>&-", 2, ""),
    "a failure and a full stderr": ("trace fails.py -o out.json 2> /dev/full", 1, ""),
    "help for nobody": ("trace --help > /dev/full", 0, ""),
}


@pytest.mark.parametrize(("command", "code", "said"), STREAMS.values(), ids=STREAMS)
def test_whatever_the_streams_are_there_is_no_traceback(
    tmp_path: Path, command: str, code: int, said: str
) -> None:
    (tmp_path / "ok.py").write_text("import torch\nprint('printed')\nx = torch.ones(2) + 1\n")
    (tmp_path / "fails.py").write_text("print('printed')\n1 / 0\n")
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {sys.executable} -m app {command}"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert said in done.stderr
    if "-o out.json" in command:
        assert trace_of(tmp_path / "out.json").output.stdout == "printed\n"


@pytest.mark.parametrize(
    "environment", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}]
)
def test_letters_that_the_encoding_does_not_have_are_escaped(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    path = tmp_path / "s.py"
    path.write_text(
        "import torch\nü = torch.ones(2, requires_grad=True)\nü.sum().backward()\nprint('ü→')\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-X", "utf8=0", "-m", "app", "trace", path],
        env=os.environ | environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0
    assert b"\\xfc.grad" in done.stdout
    assert done.stderr == b"\\xfc\\u2192\n"
