"""The settings that the program keeps between starts, in an ini file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

from PySide6.QtCore import QByteArray, QSettings, QStandardPaths, qVersion

from app.session.look.colors import ThemeName, theme_named
from app.session.run_settings import RunSettings, from_plain, to_plain
from graphviz_render import Direction, Engine

_GEOMETRY_VERSION = f"2, Qt {qVersion()}"
"""Qt's saved states are valid only for the same version of Qt."""
_MOST_RECENT = 10
DEFAULT_TIME_LIMIT = 60.0
_MOST_FILES = 100
"""The number of files whose run settings are kept, the most recent ones."""
DEFAULT_LIVE_PAUSE = 400
LEAST_INTERFACE, MOST_INTERFACE = 90, 200
DEFAULT_LIVE_LIMIT = 2.0


class Settings:
    """`path` is the ini file; without one it is the user's own.

    A value that cannot be read as what it should be counts as not set.
    """

    def __init__(self, path: Path | None = None) -> None:
        if path is None:
            folder = QStandardPaths.writableLocation(
                QStandardPaths.StandardLocation.GenericConfigLocation
            )
            path = Path(folder) / "tapescope" / "tapescope.ini"
        self.path = path
        self._store = QSettings(str(path), QSettings.Format.IniFormat)

    @property
    def drafts_path(self) -> Path:
        """The folder where unsaved text waits for the next start."""
        return self.path.with_name("drafts")

    @property
    def theme(self) -> ThemeName | None:
        """None follows the system."""
        return theme_named(self._store.value("theme"))

    @theme.setter
    def theme(self, name: ThemeName | None) -> None:
        self._store.setValue("theme", name or "")

    @property
    def recent(self) -> list[Path]:
        return self._paths("recent")

    def add_recent(self, path: Path) -> None:
        self._add_path("recent", path)

    def _paths(self, key: str) -> list[Path]:
        found = self._store.value(key)
        texts = [found] if isinstance(found, str) else found if isinstance(found, list) else []
        return [Path(text) for text in texts if isinstance(text, str) and text]

    def _add_path(self, key: str, path: Path) -> None:
        others = [known for known in self._paths(key) if known != path]
        kept = [path, *others][:_MOST_RECENT]
        self._store.setValue(key, [str(known) for known in kept])

    def clear_recent(self) -> None:
        self._store.remove("recent")

    @property
    def has_map(self) -> bool:
        """Whether large graphs have a map."""
        return str(self._store.value("graph/map", "true")) != "false"

    @has_map.setter
    def has_map(self, shown: bool) -> None:
        self._store.setValue("graph/map", shown)

    @property
    def time_limit(self) -> float:
        """Seconds of a snippet's run; 0 is none."""
        try:
            return max(0.0, float(str(self._store.value("run/time_limit"))))
        except ValueError:
            return DEFAULT_TIME_LIMIT

    @time_limit.setter
    def time_limit(self, seconds: float) -> None:
        self._store.setValue("run/time_limit", seconds)

    @property
    def memory_limit(self) -> int:
        """MiB that a snippet's run may use; 0 is as much as there is."""
        try:
            return max(0, int(str(self._store.value("run/memory_limit"))))
        except ValueError:
            return 0

    @memory_limit.setter
    def memory_limit(self, mib: int) -> None:
        self._store.setValue("run/memory_limit", mib)

    def run_settings(self, path: Path) -> RunSettings:
        """The run settings that the user chose for this file."""
        return from_plain(self._files().get(str(path), {}))

    def set_run_settings(self, path: Path, settings: RunSettings) -> None:
        files = {name: known for name, known in self._files().items() if name != str(path)}
        if not settings.is_default:
            files[str(path)] = to_plain(settings)
        kept = dict(list(files.items())[-_MOST_FILES:])
        self._store.setValue("run/files", json.dumps(kept))

    def _files(self) -> dict[str, object]:
        try:
            found = json.loads(str(self._store.value("run/files")))
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def live(self) -> bool:
        """Whether Live is on."""
        return str(self._store.value("run/live")) == "true"

    @live.setter
    def live(self, on: bool) -> None:
        self._store.setValue("run/live", "true" if on else "false")

    @property
    def live_pause(self) -> int:
        """Milliseconds without a key after which Live traces."""
        try:
            return max(0, int(str(self._store.value("run/live_pause"))))
        except ValueError:
            return DEFAULT_LIVE_PAUSE

    @live_pause.setter
    def live_pause(self, milliseconds: int) -> None:
        self._store.setValue("run/live_pause", milliseconds)

    @property
    def live_limit(self) -> float:
        """Seconds; Live pauses after a run that takes longer."""
        try:
            return max(0.0, float(str(self._store.value("run/live_limit"))))
        except ValueError:
            return DEFAULT_LIVE_LIMIT

    @live_limit.setter
    def live_limit(self, seconds: float) -> None:
        self._store.setValue("run/live_limit", seconds)

    @property
    def interpreter(self) -> str | None:
        """The Python that runs snippets; None is the one that runs this program."""
        found = self._store.value("run/interpreter")
        return found if isinstance(found, str) and found else None

    @interpreter.setter
    def interpreter(self, path: str | None) -> None:
        self._store.setValue("run/interpreter", path or "")

    @property
    def layout_engine(self) -> Engine:
        found = self._store.value("layout/engine")
        known: tuple[Engine, ...] = get_args(Engine)
        return next((choice for choice in known if choice == found), "layered")

    @layout_engine.setter
    def layout_engine(self, engine: Engine) -> None:
        self._store.setValue("layout/engine", engine)

    @property
    def layout_direction(self) -> Direction | None:
        """The direction in which every graph runs; None if each runs as it can be read best."""
        found = self._store.value("layout/direction")
        known: tuple[Direction, ...] = get_args(Direction)
        return next((choice for choice in known if choice == found), None)

    @layout_direction.setter
    def layout_direction(self, direction: Direction | None) -> None:
        self._store.setValue("layout/direction", direction or "")

    @property
    def font_size(self) -> int | None:
        """The editor's, in pixels."""
        try:
            return int(str(self._store.value("editor/font_size")))
        except ValueError:
            return None

    @font_size.setter
    def font_size(self, pixels: int) -> None:
        self._store.setValue("editor/font_size", pixels)

    @property
    def lanes(self) -> bool:
        """Whether the timeline shows its lanes."""
        return str(self._store.value("timeline/lanes")) == "true"

    @lanes.setter
    def lanes(self, on: bool) -> None:
        self._store.setValue("timeline/lanes", "true" if on else "false")

    @property
    def measurements(self) -> str:
        """The last measurements, as `app.session.measuring.kept` writes them."""
        return str(self._store.value("measure/kept", ""))

    @measurements.setter
    def measurements(self, text: str) -> None:
        self._store.setValue("measure/kept", text)

    @property
    def interface_size(self) -> int:
        """Percent of the usual size of everything, from the next start on."""
        try:
            percent = int(str(self._store.value("interface/size")))
        except ValueError:
            return 100
        return max(LEAST_INTERFACE, min(MOST_INTERFACE, percent))

    @interface_size.setter
    def interface_size(self, percent: int) -> None:
        self._store.setValue("interface/size", percent)

    @property
    def animations(self) -> bool:
        """Whether changes are animated if the system wants that."""
        return str(self._store.value("interface/animations", "true")) != "false"

    @animations.setter
    def animations(self, on: bool) -> None:
        self._store.setValue("interface/animations", "true" if on else "false")

    @property
    def lessons_done(self) -> frozenset[str]:
        """The keys of the lessons whose question was answered right."""
        found = self._store.value("lessons/done")
        return frozenset(found.split()) if isinstance(found, str) else frozenset()

    @property
    def lectures(self) -> list[Path]:
        """The folders and zips of lectures that were opened, the latest first."""
        return self._paths("lectures")

    def add_lecture(self, path: Path) -> None:
        self._add_path("lectures", path)

    def add_lesson_done(self, key: str) -> None:
        self._store.setValue("lessons/done", " ".join(sorted(self.lessons_done | {key})))

    @property
    def is_first_start(self) -> bool:
        return self._store.value("started") is None

    def remember_start(self) -> None:
        self._store.setValue("started", "true")

    def window(self) -> tuple[QByteArray, QByteArray, bool] | None:
        """Geometry and docks as the last window left them, if this version can read them.

        And whether the user had arranged the docks.
        """
        if str(self._store.value("window/version")) != _GEOMETRY_VERSION:
            return None
        geometry, state = self._store.value("window/geometry"), self._store.value("window/state")
        if isinstance(geometry, QByteArray) and isinstance(state, QByteArray):
            return geometry, state, self._store.value("window/arranged") == "true"
        return None

    def set_window(self, geometry: QByteArray, state: QByteArray, arranged: bool) -> None:
        self._store.setValue("window/version", _GEOMETRY_VERSION)
        self._store.setValue("window/geometry", geometry)
        self._store.setValue("window/state", state)
        self._store.setValue("window/arranged", "true" if arranged else "false")

    def forget_window(self) -> None:
        self._store.remove("window")

    def sync(self) -> None:
        self._store.sync()
