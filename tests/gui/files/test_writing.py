"""Files are written whole or not at all, and nobody waits for them in the window's thread."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from app.gui.files.snippet_file import FileProblem
from app.gui.files.writing import Writer
from app.gui.running.background import IsWanted, NotWantedError

TIMEOUT = 10_000


@pytest.fixture
def writer(qapp: QObject) -> Iterator[Writer]:
    made = Writer("test", qapp)
    yield made
    made.close()


def test_a_file_is_written(qtbot: QtBot, writer: Writer, tmp_path: Path) -> None:
    path = tmp_path / "picture.svg"
    with qtbot.waitSignal(writer.written, timeout=TIMEOUT) as told:
        writer.write(path, lambda _: b"<svg/>")
    assert told.args == [str(path)]
    assert path.read_bytes() == b"<svg/>"


def test_of_several_files_none_is_written_before_all_are_made(
    qtbot: QtBot, writer: Writer, tmp_path: Path
) -> None:
    paths = [tmp_path / f"step-{place}.svg" for place in (1, 2, 3)]

    def unable(_: IsWanted) -> dict[Path, bytes]:
        raise FileProblem("The third cannot be drawn.")

    with qtbot.waitSignal(writer.failed, timeout=TIMEOUT):
        writer.write_files(unable)
    assert not list(tmp_path.iterdir())
    with qtbot.waitSignal(writer.written, timeout=TIMEOUT) as told:
        writer.write_files(lambda _: {path: path.name.encode() for path in paths})
    assert told.args == [f"{paths[0]} to step-3.svg"]
    assert [path.read_bytes() for path in paths] == [b"step-1.svg", b"step-2.svg", b"step-3.svg"]


def test_what_is_cancelled_is_not_written(qtbot: QtBot, writer: Writer, tmp_path: Path) -> None:
    path, begun, go_on = tmp_path / "old.svg", Event(), Event()
    path.write_bytes(b"old")

    def slow(is_wanted: IsWanted) -> bytes:
        begun.set()
        go_on.wait()
        if not is_wanted():
            raise NotWantedError
        return b"new"

    with qtbot.assertNotEmitted(writer.failed):
        writer.write(path, slow)
        assert begun.wait(TIMEOUT / 1000)
        writer.cancel()
        go_on.set()
        with qtbot.waitSignal(writer.written, timeout=TIMEOUT) as told:
            writer.write(tmp_path / "next.svg", lambda _: b"next")
    assert told.args == [str(tmp_path / "next.svg")]
    assert path.read_bytes() == b"old"


def test_a_problem_says_what_next_and_leaves_what_was_there(
    qtbot: QtBot, writer: Writer, tmp_path: Path
) -> None:
    with qtbot.waitSignal(writer.failed, timeout=TIMEOUT) as told:
        writer.write(tmp_path / "missing" / "picture.svg", lambda _: b"")
    assert "picture.svg was not saved" in told.args[0]
    assert told.args[0].endswith("Save it in another folder.")

    def nothing(_: IsWanted) -> bytes:
        raise FileProblem("There is no graph.")

    path = tmp_path / "kept.svg"
    path.write_bytes(b"kept")
    with qtbot.waitSignal(writer.failed, timeout=TIMEOUT) as told:
        writer.write(path, nothing)
    assert told.args == ["There is no graph."]
    assert path.read_bytes() == b"kept"
