"""What is handed out shows neither the machine's name nor whose folders it ran in."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app.__main__ import main
from app.contract.records import Error, Output, Trace
from app.page.html import page
from app.session.trace.anonymous import anonymous
from app.session.trace.document import dump

pytestmark = pytest.mark.usefixtures("one_tracer")

FOLDERS = {
    "Linux": ("/home/anna/work/", "~/lib/site-packages/x.py", "/home/anna/lib/site-packages/x.py"),
    "macOS": ("/Users/anna/", "~/lib/x.py", "/Users/anna/lib/x.py"),
    "Windows": ("C:\\Users\\anna\\work\\", "~\\lib\\x.py", "C:\\Users\\anna\\lib\\x.py"),
}


def ran_in(trace: Trace, folder: str, library: str) -> Trace:
    said = f'File "{folder}train.py", line 1\nFile "{library}", line 2'
    return replace(
        trace,
        snippet=replace(trace.snippet, path=f"{folder}train.py"),
        run=replace(trace.run, host="annas-laptop"),
        error=Error("OSError", f"no {folder}data.csv", 1, 0, said, None),
        output=Output(said, said, False),
    )


@pytest.mark.parametrize(("folder", "shown", "library"), FOLDERS.values(), ids=list(FOLDERS))
def test_names_of_machine_and_person_are_gone(
    trace: Callable[[str], Trace], folder: str, shown: str, library: str
) -> None:
    told = ran_in(trace("import torch\nx = torch.ones(2)"), folder, library)
    document = dump(anonymous(told)).decode()
    assert "anna" not in document
    assert anonymous(told).snippet.path == "train.py"
    assert f'File "train.py", line 1\nFile "{shown}", line 2' == anonymous(told).output.stderr
    assert "anna" in dump(told).decode()


def test_a_page_tells_neither(trace: Callable[[str], Trace]) -> None:
    told = ran_in(trace("import torch\nx = torch.ones(2)"), *FOLDERS["Linux"][::2])
    assert b"anna" not in page(told)
    assert b"train.py" in page(told)


def test_a_document_keeps_both_unless_asked(tmp_path: Path) -> None:
    snippet, out = tmp_path / "s.py", tmp_path / "out.json"
    snippet.write_text("import torch\nx = torch.ones(2)")
    assert main(["trace", str(snippet), "-o", str(out)]) == 0
    document = json.loads(out.read_bytes())
    assert (document["run"]["host"], document["snippet"]["path"]) == (platform.node(), str(snippet))
    assert main(["trace", str(snippet), "-o", str(out), "--anonymous"]) == 0
    document = json.loads(out.read_bytes())
    assert (document["run"]["host"], document["snippet"]["path"]) == ("", "s.py")
