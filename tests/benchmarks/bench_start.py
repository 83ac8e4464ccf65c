"""How long the window takes to be there: from the start of the process to the last pixel of it.

    python -m tests.benchmarks.bench_start

The real program is started on a screen of its own, for somebody who starts it for the first time,
and the screen's memory is watched.  The bytecode is written before, as an installation does it.

What is left, in milliseconds of the processor in one thread (720 modules are loaded, 500 of them
ours; a busy machine, where all takes 680, and 1.4 times what it takes on a quiet one):

    before the window is imported: arguments, Qt's core, the settings      140
    importing the window                                                   310
        dataclasses, 171, with the 45 of the contract                      115
        reading bytecode                                                    75
        enums, most of them Qt's, 372                                       50
        named tuples, 156                                                   33
        finding modules                                                     21
        expressions, most of them PySide's                                  25
    making the window                                                      215
        the style sheet of the window                                       50
        icons, 46 in two states                                             20

A dataclass takes half as long without the methods that Python compiles for each (`__repr__`,
`__eq__`, `__hash__`, those that freeze it); a decorator that shares them would save 40.

Tried without a gain: setting the style sheet before the parts of the window are made.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from mmap import ACCESS_READ, mmap
from pathlib import Path
from struct import unpack_from
from time import perf_counter, sleep

from tests.tools.x_display import virtual_display

TIMES = 7
WIDTH, HEIGHT = 1440, 900
ROOT = Path(__file__).resolve().parents[2]
_PLACES = [(x, y) for x in range(10, WIDTH, 70) for y in range(10, HEIGHT, 50)]
_BLACK = bytes(3)
_PATIENCE_SECONDS = 60
_LOOK_SECONDS = 0.002


class Screen:
    """The pixels of a virtual screen, in the X window dump that it is kept in."""

    def __init__(self, folder: Path) -> None:
        with (folder / "Xvfb_screen0").open("rb") as file:
            self._pixels = mmap(file.fileno(), 0, access=ACCESS_READ)
        (header,) = unpack_from(">I", self._pixels, 0)
        (self._line,) = unpack_from(">I", self._pixels, 48)
        (colors,) = unpack_from(">I", self._pixels, 76)
        self._start = header + 12 * colors

    def is_full(self) -> bool:
        """Whether there is something everywhere: no part of the window is black."""
        return _BLACK not in map(self._pixel, _PLACES)

    def _pixel(self, place: tuple[int, int]) -> bytes:
        x, y = place
        at = self._start + y * self._line + 4 * x
        return self._pixels[at : at + 3]


def seconds_to_window(screen: Screen, environment: dict[str, str]) -> tuple[float, float]:
    """By the clock, and of the processor in all threads of the program."""
    began = perf_counter()
    with subprocess.Popen([sys.executable, "-m", "app"], cwd=ROOT, env=environment) as program:
        while not screen.is_full():
            if perf_counter() - began > _PATIENCE_SECONDS:
                raise TimeoutError("the window did not come")
            sleep(_LOOK_SECONDS)
        taken = perf_counter() - began, used_by(program.pid)
        program.terminate()
    while screen.is_full():
        sleep(_LOOK_SECONDS)
    return taken


def used_by(process: int) -> float:
    threads = Path(f"/proc/{process}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


@contextmanager
def a_new_user() -> Iterator[dict[str, str]]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        yield dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"), folder)


def main() -> None:
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,  # children end later
        virtual_display(WIDTH, HEIGHT, pixels_in=Path(folder)) as display,
    ):
        screen = Screen(Path(folder))
        environment = {**display, "PYTHONPYCACHEPREFIX": f"{folder}/bytecode"}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        taken = []
        for _ in range(TIMES + 1):
            with a_new_user() as own:
                taken.append(seconds_to_window(screen, environment | own))
    for name, values in zip(("by the clock", "of the processor"), zip(*taken[1:], strict=True),
                            strict=True):  # fmt: skip
        what = f"from the start of the process to its window, {name}"
        low, middle = 1e3 * min(values), 1e3 * statistics.median(values)
        print(f"{what:<64} {middle:8.1f} ms, at best {low:.1f} ms", flush=True)


if __name__ == "__main__":
    os.environ.pop("QT_QPA_PLATFORM", None)
    main()
