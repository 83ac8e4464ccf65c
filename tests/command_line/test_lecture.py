"""`tapescope lecture`: the page it writes, what it says, its exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.__main__ import main
from app.session.lectures.files import write_files
from tests.support import snippet

pytestmark = pytest.mark.usefixtures("one_tracer")

PROGRAM = snippet("""
    x = torch.ones(2, requires_grad=True)
    y = (x * 2).sum()
    y.backward()
""")
TEXT = "# Twice\n\n[The program](twice.py)\n\n![](scene:end)\n"
SCENES = '{"version": 1, "scenes": [{"name": "end", "sentence": "All is there."}]}'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    files = {"lecture.md": TEXT, "twice.py": PROGRAM, "scenes.json": SCENES}
    write_files(tmp_path / "twice", files)
    write_files(tmp_path / "twice.zip", files)
    return tmp_path / "twice"


@pytest.mark.parametrize("name", ["twice", "twice.zip", "twice/lecture.md"])
def test_the_page_is_written_and_its_size_is_said(
    folder: Path, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["lecture", name, "-o", "out.html"]) == 0
    text = Path("out.html").read_text()
    assert "All is there." in text
    assert 'data-steps="0"' in text
    said = capfd.readouterr().err
    assert said.startswith("tapescope: out.html is written (")
    assert said.endswith("KiB).\n")


def test_a_what_if_beside_a_scene_is_run(folder: Path) -> None:
    freeze = '"beside": {"what_if": [{"kind": "freeze", "name": "x"}]}'
    (folder / "scenes.json").write_text(SCENES.replace('"All is there."', f'"", {freeze}'))
    assert main(["lecture", "twice", "-o", "out.html"]) == 0
    text = Path("out.html").read_text()
    assert ">as written</text>" in text
    assert ">x frozen</text>" in text


@pytest.mark.parametrize("effect", ["", "open('twice.txt', 'w').close()\n"])
def test_a_step_has_its_rule_and_its_numbers_unless_the_program_would_act_again(
    folder: Path, effect: str
) -> None:
    moment = '{"kind": "step", "name": "MulBackward0", "code": "y = (x * 2).sum()"}'
    scene = f'"numbers": true, "moment": {moment}'
    (folder / "scenes.json").write_text(SCENES.replace('"sentence"', f'{scene}, "sentence"'))
    (folder / "twice.py").write_text(PROGRAM + effect)
    assert main(["lecture", "twice", "-o", "out.html"]) == 0
    text = Path("out.html").read_text()
    assert "MulBackward0" in text
    assert (">Rule</text>" in text) is not bool(effect)


def test_options_reach_the_page(folder: Path) -> None:
    words = ["--ground", "white", "--no-code", "--no-gradients", "--no-questions"]
    assert main(["lecture", "twice", *words]) == 0
    text = Path("twice.html").read_text()
    assert 'data-theme="light"' in text
    assert "requires_grad=True" not in text
    assert "<table" not in text


def test_a_program_that_fails_is_named_and_the_page_is_written(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "twice.py").write_text(PROGRAM + "1 / 0\n")
    (folder / "lecture.md").write_text(TEXT.replace("scene:end", "scene:gone"))
    assert main(["lecture", "twice"]) == 1
    said = capfd.readouterr().err
    assert "lecture.md, line 5: There is no scene “gone” in this lecture." in said
    assert "twice.py, line 6: ZeroDivisionError: division by zero. Its scenes show how far" in said
    assert "ZeroDivisionError on line 6" in Path("twice.html").read_text()


@pytest.mark.parametrize(
    ("scenes", "text", "words"),
    [
        ("[]", TEXT, "scenes.json: The scenes cannot be read"),
        (SCENES, "Twice", "lecture.md, line 1: a page begins with “# Title”"),
    ],
)
def test_a_lecture_that_cannot_be_read_says_where(
    folder: Path, scenes: str, text: str, words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    write_files(folder, {"scenes.json": scenes, "lecture.md": text})
    assert main(["lecture", "twice"]) == 2
    assert words in capfd.readouterr().err
    assert not Path("twice.html").exists()
