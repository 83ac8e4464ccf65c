from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray

from app.gui.settings import DEFAULT_TIME_LIMIT, Settings


def test_the_first_start_knows_nothing(settings: Settings) -> None:
    assert settings.theme is None
    assert settings.recent == []
    assert settings.time_limit == DEFAULT_TIME_LIMIT
    assert settings.interpreter is None
    assert settings.font_size is None
    assert settings.interface_size == 100
    assert (settings.layout_engine, settings.layout_direction) == ("layered", None)
    assert settings.window() is None
    assert settings.is_first_start


def test_what_is_set_is_there_at_the_next_start(settings: Settings) -> None:
    settings.theme = "dark"
    settings.time_limit = 0.0
    settings.interpreter = "/usr/bin/python3"
    settings.font_size = 17
    settings.layout_engine, settings.layout_direction = "embedded", "LR"
    settings.add_recent(Path("/a.py"))
    settings.set_window(QByteArray(b"geometry"), QByteArray(b"state"), True)
    settings.remember_start()
    settings.sync()
    later = Settings(settings.path)
    assert later.theme == "dark"
    assert later.time_limit == 0.0
    assert later.interpreter == "/usr/bin/python3"
    assert later.font_size == 17
    assert (later.layout_engine, later.layout_direction) == ("embedded", "LR")
    assert later.recent == [Path("/a.py")]
    assert later.window() == (QByteArray(b"geometry"), QByteArray(b"state"), True)
    assert not later.is_first_start


def test_recent_files_come_newest_first_once_and_ten(settings: Settings) -> None:
    for number in range(12):
        settings.add_recent(Path(f"/{number}.py"))
    settings.add_recent(Path("/5.py"))
    assert [path.stem for path in settings.recent] == [
        "5", "11", "10", "9", "8", "7", "6", "4", "3", "2",
    ]  # fmt: skip
    settings.clear_recent()
    assert settings.recent == []


def test_a_file_full_of_nonsense_counts_as_not_set(tmp_path: Path) -> None:
    path = tmp_path / "tapescope.ini"
    path.write_text(
        "theme=pink\nrecent=\n[run]\ntime_limit=soon\ninterpreter=\n"
        "[editor]\nfont_size=huge\n[interface]\nsize=9000\n[window]\nversion=99\ngeometry=1\nstate=2\n[layout]\nengine=auto\n"
    )
    settings = Settings(path)
    assert settings.theme is None
    assert settings.recent == []
    assert settings.time_limit == DEFAULT_TIME_LIMIT
    assert settings.interpreter is None
    assert settings.font_size is None
    assert settings.interface_size == 200
    assert (settings.layout_engine, settings.layout_direction) == ("layered", None)
    assert settings.window() is None
