"""`tapescope check` of programs of several files: it names the file with the fault."""

from __future__ import annotations

import json

import pytest

from app.__main__ import main
from tests.programs.conftest import FOLDER

pytestmark = pytest.mark.usefixtures("one_tracer")


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER / "frozen_backbone")


@pytest.mark.usefixtures("here")
def test_the_head_that_was_frozen_too_is_reported_in_the_file_that_froze_it(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert main(["check", "train.py", "--trains", "head.*", "--frozen", "backbone.*"]) == 4
    first = capfd.readouterr().out.splitlines()[0]
    assert first == (
        "freeze.py:6: error: `model.head.weight` and `model.head.bias` do not train, "
        "against --trains head.* [does_not_train]"
    )


@pytest.mark.usefixtures("here")
def test_lines_of_a_module_that_is_not_followed_are_those_that_call_it(
    capfd: pytest.CaptureFixture[str],
) -> None:
    words = ["--trains", "head.*", "--no-follow", "freeze", "--format", "json"]
    assert main(["check", "train.py", *words]) == 4
    first = json.loads(capfd.readouterr().out)["problems"][0]
    assert (first["path"], first["line"]) == ("train.py", 10)


@pytest.mark.usefixtures("here")
def test_lines_of_an_installed_package_are_shown_if_it_is_followed(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert main(["trace", "train.py", "--follow", "torch.nn", "-o", "-"]) == 0
    files = json.loads(capfd.readouterr().out)["files"]
    followed = [file["path"] for file in files if file["kind"] == "library"]
    assert any(path.endswith("torch/nn/functional.py") for path in followed)
