"""The files of a lecture: a folder or a zip, read with limits, written as they were."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest

from app.session.lectures import files
from app.session.lectures.reading import LectureProblem

TEXTS = {"lecture.md": "# Ä\n", "cut.py": "x = 1\n", "scenes.json": "{}\n"}


@pytest.mark.parametrize("name", ["mine", "mine.zip"])
def test_what_is_written_is_read_again(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    files.write_files(path, TEXTS | {"lecture.md": "# Before\n"})
    files.write_files(path, TEXTS)
    assert files.is_lecture(path)
    assert files.read_files(path) == TEXTS
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


def test_what_is_not_part_of_a_lecture_stays_and_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(b"\x89PNG")
    (tmp_path / "sub.py").mkdir()
    files.write_files(tmp_path, TEXTS)
    assert files.read_files(tmp_path) == TEXTS
    assert (tmp_path / "photo.png").read_bytes() == b"\x89PNG"


def _zipped(path: Path, *entries: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return path


def test_other_files_stay_in_a_zip_and_a_trace_is_read(tmp_path: Path) -> None:
    others = {"mine/photo.png": b"\x89PNG", "mine/cut.json": b"{}", "mine/a/b/deep.py": b"y = 2\n"}
    path = _zipped(tmp_path / "mine.zip", ("mine/cut.py", b"x = 0\n"), *others.items())
    files.write_files(path, TEXTS)
    assert files.read_files(path) == TEXTS
    with zipfile.ZipFile(path) as archive:
        assert {name: archive.read(name) for name in others} == others
    assert files.read_trace(path, "cut.py") == b"{}"
    assert files.read_trace(path, "other.py") is None
    (tmp_path / "cut.json.gz").write_bytes(b"packed")
    assert files.read_trace(tmp_path, "cut.py") == b"packed"


def _link() -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo("cut.py")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


@pytest.mark.parametrize("name", ["../cut.py", "/etc/cut.py", "a/../../cut.py", "..\\cut.py"])
def test_a_zip_cannot_reach_outside_its_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(LectureProblem, match="has a file outside its folder"):
        files.read_files(_zipped(tmp_path / "bad.zip", (name, b"x = 1")))


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LectureProblem, match=r"outside its folder, “cut\.py”"):
        files.read_files(_zipped(tmp_path / "bad.zip", (_link(), b"/etc/passwd")))


def test_a_zip_that_grows_when_it_is_read_is_refused(tmp_path: Path) -> None:
    bomb = _zipped(tmp_path / "bomb.zip", ("lecture.md", b"0" * (17 << 20)))
    assert bomb.stat().st_size < 100_000
    with pytest.raises(LectureProblem, match=r"“bomb\.zip” is larger than 16 MiB"):
        files.read_files(bomb)


def test_a_zip_of_very_many_files_is_refused(tmp_path: Path) -> None:
    entries = [(f"{number}.py", b"") for number in range(501)]
    with pytest.raises(LectureProblem, match=r"“many\.zip” has 501 files"):
        files.read_files(_zipped(tmp_path / "many.zip", *entries))


def test_bad_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 no")
    with pytest.raises(LectureProblem, match=r"Cannot read the lecture “broken\.zip”"):
        files.read_files(tmp_path / "broken.zip")
    (tmp_path / "lecture.md").write_bytes(b"# T\n\xff\n")
    with pytest.raises(LectureProblem, match=r"lecture\.md, line 2: this is not UTF-8"):
        files.read_files(tmp_path)
    with pytest.raises(LectureProblem, match=r"Cannot read the lecture “gone\.zip”"):
        files.read_files(tmp_path / "gone.zip")


def test_a_damaged_zip_is_named_and_stays(tmp_path: Path) -> None:
    text = "\n".join(f"# Page {number}\n" for number in range(300))
    path = _zipped(tmp_path / "cut.zip", ("lecture.md", text.encode()))
    data = bytearray(path.read_bytes())
    data[100] ^= 0xFF  # inside what is packed
    path.write_bytes(data)
    with pytest.raises(LectureProblem, match=r"Cannot read the lecture “cut\.zip”"):
        files.read_files(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("cut.json", "{}")
    path.write_bytes(path.read_bytes().replace(b"lecture.md", b"lecture.gz"))  # not a text of it
    before = path.read_bytes()
    with pytest.raises(OSError, match="decompressing"):
        files.write_files(path, TEXTS)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["cut.zip"]


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_names_in_a_zip_without_their_encoding_are_read(tmp_path: Path, encoding: str) -> None:
    """As macOS and Windows in China write them."""
    name = "链式法则.py"
    plain = "x" * len(name.removesuffix(".py").encode(encoding)) + ".py"
    path = _zipped(tmp_path / "own.zip", ("lecture.md", b"# T\n"), (plain, b"x = 1"))
    path.write_bytes(path.read_bytes().replace(plain.encode(), name.encode(encoding)))
    assert files.read_files(path)[name] == "x = 1"


def test_a_lecture_among_many_other_files_is_found(tmp_path: Path) -> None:
    for number in range(600):
        (tmp_path / f"{number}.txt").touch()
    (tmp_path / "lecture.md").write_text("# T\n")
    assert files.read_files(tmp_path) == {"lecture.md": "# T\n"}
