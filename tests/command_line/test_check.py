"""`tapescope check`: what passes, what fails with which exit code, every format of the report."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
import xmlschema

from app.__main__ import main
from app.session.trace.document import as_file
from tests.support import TraceText

pytestmark = pytest.mark.usefixtures("one_tracer")

SCHEMAS = Path(__file__).with_name("schemas")
HALF_FROZEN = """import torch
net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 1))
net[0].requires_grad_(False)
opt = torch.optim.SGD(net.parameters(), 0.1)
net(torch.randn(3, 2)).mean().backward()
opt.step()
"""
CUT = """import torch
net, head = torch.nn.Linear(2, 2), torch.nn.Linear(2, 1)
opt = torch.optim.SGD([*net.parameters(), *head.parameters()], 0.1)
head(net(torch.ones(2)).detach()).sum().backward()
opt.step()
"""
RAISES = """import torch
x = torch.ones(2, requires_grad=True)
raise ValueError("no: 100 %,\\nreally \\x1b")
"""
NO_SCALAR = "import torch\nx = torch.ones(2, requires_grad=True)\n(x * 2).backward()\n"


SavedTrace = Callable[[str], str]
"""Saves the trace of a text in the working folder; returns the name of the file."""


@pytest.fixture
def saved(tmp_path: Path, trace: TraceText, monkeypatch: pytest.MonkeyPatch) -> SavedTrace:
    monkeypatch.chdir(tmp_path)

    def save(text: str) -> str:
        Path("run.json").write_bytes(as_file(trace(text), "run.json"))
        return "run.json"

    return save


FORKS = "import os, torch\nif os.fork() == 0:\n    torch.ones(2) * 2\n    os._exit(0)\nos.wait()\n"
JUDGED = {
    "notes pass": (HALF_FROZEN, [], 0, "The check passes. Findings: 1 note."),
    "as asked": (HALF_FROZEN, ["--trains", "net.1.*", "--frozen", "0.*"], 0, "passes"),
    "one that does not train": (
        HALF_FROZEN, ["--trains", "net.*.weight"], 4,
        "The check fails: `net.0.weight` does not train, against --trains net.*.weight.",
    ),
    "one that is not frozen": (
        HALF_FROZEN, ["--frozen", "bias"], 4, "`net.1.bias` is not frozen, against --frozen bias",
    ),
    "an error": (NO_SCALAR, [], 4, "The check fails: `backward()` was called on more than"),
    "an error that is only an exception": (NO_SCALAR, ["--fail-on", "none"], 1, "RuntimeError"),
    "a warning": (CUT, [], 0, "The check passes. Findings: "),
    "a child process": (
        FORKS, [], 0, "There are no findings. 1 child process called torch and was not traced. "
        "To trace them too: tapescope trace --children -o run.json.",
    ),
    "a warning that fails": (CUT, ["--fail-on", "warning"], 4, "The check fails: "),
    "an exception": (RAISES, [], 1, "The program did not run to its end: ValueError on line 3"),
    "no such parameter": (
        HALF_FROZEN, ["--trains", "head.*"], 2,
        "--trains head.* matches no parameter; the nearest are net.",
    ),
    "no parameters": (
        "import torch\n", ["--frozen", "a.*"], 2,
        "--frozen a.* matches nothing: the run has no parameters",
    ),
    "no parameters after an exception": (RAISES, ["--frozen", "a.*"], 1, "ValueError on line 3"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "options", "code", "said"), JUDGED.values(), ids=JUDGED)
def test_what_is_found_is_the_exit_code(
    saved: SavedTrace, capfd: pytest.CaptureFixture[str],
    text: str, options: list[str], code: int, said: str,
) -> None:  # fmt: skip
    assert main(["check", saved(text), *options]) == code
    err = capfd.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def test_a_program_is_run_and_its_findings_begin_as_those_of_compilers(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path, page = tmp_path / "train.py", tmp_path / "page.html"
    path.write_text(HALF_FROZEN)
    assert main(["check", str(path), "--trains", "0.weight", "-o", str(page)]) == 4
    said = capfd.readouterr().out.splitlines()
    assert said[0] == (
        f"{path}:3: error: `net.0.weight` does not train, against --trains 0.weight "
        "[does_not_train]"
    )
    assert said[1] == "    `requires_grad` of these 2 parameters has been False since line 3."
    assert said[2].startswith(f"{path}:4: note: ")
    assert "does not train" not in page.read_text(), "the page has the run, as always"


def test_the_fix_of_an_endless_loop_is_tried_for_a_few_iterations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    head, loop = CUT.split("head(", 1)
    lines = f"head({loop}opt.zero_grad()\n".splitlines()
    Path("fit.py").write_text(head + "while True:\n" + "".join(f"    {one}\n" for one in lines))
    words = ["check", "fit.py", "--timeout", "2", "--max-ops", "2000"]
    assert main([*words, "--fail-on", "warning"]) == 4
    out = capfd.readouterr().out
    assert "Tried: `net` gets gradients and 4 of 4 parameters are trained instead of 2, no" in out


def test_the_report_has_standard_output_for_itself(
    saved: SavedTrace, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", saved(CUT), "-o", "-"]) == 2
    assert "-o -: standard output has the report; name a file" in capfd.readouterr().err


def report(capfd: pytest.CaptureFixture[str], *words: str) -> str:
    capfd.readouterr()
    main(["check", *words])
    return capfd.readouterr().out


def test_json_has_everything(saved: SavedTrace, capfd: pytest.CaptureFixture[str]) -> None:
    name = saved(HALF_FROZEN)
    found = json.loads(report(capfd, name, "--format", "json", "--frozen", "1.bias"))
    assert (found["holds"], found["exit_code"], found["status"]) == (False, 4, "ok")
    assert (found["parameters"], found["trained"]) == (4, 2)
    first, second = found["problems"]
    assert (first["code"], first["line"], first["fails"]) == ("not_frozen", None, True)
    assert (second["code"], second["line"], second["fails"]) == ("frozen_in_optimizer", 4, False)


def test_a_notebook_is_told_by_its_cells(
    saved: SavedTrace, trace: TraceText, capfd: pytest.CaptureFixture[str]
) -> None:
    """The lines of its text are not those of its file, which no format may point to."""
    cells = NO_SCALAR.replace("(x * 2)", "# %%\n(x * 2)")
    document = json.loads(as_file(trace(f"# %%\n{cells}"), "run.json"))
    document["snippet"]["path"] = "a.ipynb"
    Path("run.json").write_text(json.dumps(document))
    assert report(capfd, "run.json").startswith("a.ipynb, cell 2:1: error: ")
    assert report(capfd, "run.json", "--format", "github").startswith("::error file=a.ipynb,title=")
    assert "region" not in report(capfd, "run.json", "--format", "sarif")
    assert "(a.ipynb, cell 2:1)" in report(capfd, "run.json", "--format", "junit")


def test_github_shows_annotations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    path = tmp_path / "sub" / "a,b.py"
    path.write_text(RAISES.replace("raise", "net = torch.nn.Linear(2, 1)\nraise"))
    assert main(["check", str(path), "--format", "github", "--trains", "weight"]) == 4
    first, *_, last = capfd.readouterr().out.splitlines()
    assert first.startswith("::error file=sub/a%2Cb.py,title=`net.weight` does not train%2C")
    assert last.startswith("::error title=Tapescope::ValueError on line 4: no: 100 %25,")


@pytest.mark.parametrize("text", [HALF_FROZEN, CUT, RAISES, NO_SCALAR, "import torch\n"])
@pytest.mark.parametrize("path", [None, "train.py", "/some where/train.py"])
def test_sarif_follows_its_schema(
    saved: SavedTrace, trace: TraceText, capfd: pytest.CaptureFixture[str],
    text: str, path: str | None,
) -> None:  # fmt: skip
    document = json.loads(as_file(trace(text), "run.json"))
    document["snippet"]["path"] = path
    Path("run.json").write_text(json.dumps(document))
    log = json.loads(report(capfd, "run.json", "--format", "sarif"))
    schema = json.loads((SCHEMAS / "sarif-2.1.0.json").read_text())
    jsonschema.Draft4Validator(schema).validate(log)
    (run,) = log["runs"]
    assert len(run["results"]) == len(document["findings"])
    uris = {
        place["physicalLocation"]["artifactLocation"]["uri"]
        for result in run["results"]
        for place in result.get("locations", ())
    }
    expected = {None: set(), "train.py": {"train.py"}}
    assert uris <= expected.get(path, {"file:///some%20where/train.py"})
    assert bool(uris) == bool(path and run["results"])
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] == (document["run"]["status"] == "ok")


@pytest.mark.parametrize("text", [HALF_FROZEN, CUT, RAISES, NO_SCALAR, "import torch\n"])
def test_junit_follows_its_schema(
    saved: SavedTrace, capfd: pytest.CaptureFixture[str], text: str
) -> None:
    said = report(capfd, saved(text), "--format", "junit", "--fail-on", "warning")
    xmlschema.XMLSchema(SCHEMAS / "junit-10.xsd").validate(said)
    (suite,) = ElementTree.fromstring(said)
    cases = list(suite.iter("testcase"))
    assert int(suite.get("tests", "")) == len(cases)
    assert int(suite.get("failures", "")) == len(list(suite.iter("failure")))
    errors = [error.get("message") for error in suite.iter("error")]
    if text is RAISES:
        assert errors[0] is not None
        assert errors[0].startswith("ValueError on line 3: no: 100 %,")


def test_neither_qt_nor_torch_is_loaded(saved: SavedTrace) -> None:
    code = (
        "import sys; from app.__main__ import main\n"
        f"assert main(['check', {saved(HALF_FROZEN)!r}, '--format', 'junit']) == 0\n"
        "print(sorted({n.split('.')[0] for n in sys.modules} & {'PySide6', 'shiboken6', 'torch'}))"
    )
    root = Path(__file__).resolve().parents[2]
    said = subprocess.check_output(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(root)!r})\n{code}"],
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert said.endswith("[]\n")
