from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from app.gui.files.snippet_file import FileProblem, SnippetText, read, write


@pytest.mark.parametrize(
    ("data", "text", "newline"),
    [
        (b"x = 1\ny = 2\n", "x = 1\ny = 2\n", "\n"),
        (b"x = 1\r\ny = 2\r\n", "x = 1\ny = 2\n", "\r\n"),
        ("s = 'für'".encode(), "s = 'für'", "\n"),
        (b"", "", "\n"),
    ],
)
def test_reading(tmp_path: Path, data: bytes, text: str, newline: str) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(data)
    assert read(path) == SnippetText(text, newline)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"x = 1\ns = '\xe9'", ["line 2", "0xE9", "UTF-8"]),
        (b"a\0b", ["not a text file"]),
        ("x = 1\ns = '\ufdef'".encode(), ["cannot be edited here", "line 2", "U+FDEF"]),
        (b"#" * 2_000_001, ["2.0 MB"]),
    ],
)
def test_what_is_no_snippet_is_told_in_a_sentence(
    tmp_path: Path, data: bytes, said: list[str]
) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(data)
    with pytest.raises(FileProblem) as problem:
        read(path)
    for word in ["a.py", *said]:
        assert word in str(problem.value)


def test_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="There is no file"):
        read(tmp_path / "gone.py")
    with pytest.raises(FileProblem, match="is a folder"):
        read(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
def test_what_may_never_end_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")  # reading it would wait for somebody who writes
    for path in (tmp_path / "pipe.py", Path("/dev/zero")):
        with pytest.raises(FileProblem, match="is a pipe or a device"):
            read(path)


@pytest.mark.parametrize(
    ("name", "said"),
    [("large.py", "a snippet may have 2 MB"), ("large.ipynb", "at most 200 MB can be opened")],
)
def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, name: str, said: str) -> None:
    path = tmp_path / name
    with path.open("wb") as file:
        file.truncate(1 << 40)  # more than there is memory
    with pytest.raises(FileProblem, match=said):
        read(path)


@pytest.mark.parametrize(
    "exact",
    [
        "x = 'é'\n\ny = 2\n",
        "x\r\ny\r\n",
        "x\ry",
        "\ufeffx = 1",
        "a\r\nb\nc\r\r\nd\n\re",
        "\r\n",
        "",
    ],
)
def test_every_character_is_kept(tmp_path: Path, exact: str) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(exact.encode())
    snippet = read(path)
    assert "\r" not in snippet.text
    assert snippet.exact == exact
    write(tmp_path / "b.py", snippet)
    assert (tmp_path / "b.py").read_bytes() == path.read_bytes()


def test_most_lines_decide_how_new_ones_end(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"\xef\xbb\xbfa\r\nb\nc\r\n")
    assert read(path) == SnippetText("a\nb\nc\n", "\r\n", {1: "\n"}, marked=True)


def test_a_failed_write_leaves_the_file_alone(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="was not saved"):
        write(tmp_path / "no" / "folder" / "a.py", SnippetText("x", "\n"))


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere"
)
def test_a_folder_that_is_read_only(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("old")
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(FileProblem, match="was not saved"):
            write(tmp_path / "a.py", SnippetText("new", "\n"))
    finally:
        tmp_path.chmod(0o700)
    assert (tmp_path / "a.py").read_text() == "old"
