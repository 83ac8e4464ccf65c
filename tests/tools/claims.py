"""What articles claim of no_grad and inference_mode, measured, into the user guide.

python -m tests.tools.claims     takes five minutes; the machine should have nothing else to do
"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple

from app.contract.messages import RunRequest
from app.contract.records import MODES
from app.process.client import Tracer
from app.session import resources
from app.session.measuring.results import Measurement
from app.session.measuring.words import NAMES, machine_words, sentences
from app.session.numbers import duration, size

PAGE: Final = resources.path("guide", "16_measuring.md")
BEGIN: Final = "## Measured by Tapescope\n"
"""The heading of what this writes; nothing is below it."""
_HEAD: Final = "import torch\nfrom torch import nn\n\n"


class Program(NamedTuple):
    """A program whose last line is measured."""

    title: str
    text: str


PROGRAMS: Final = (
    Program(
        "Three layers of 2 x 2, called with 2 rows",
        "net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 2))\n"
        "x = torch.randn(2, 2)\ny = net(x)\n",
    ),
    Program(
        "Eight layers of 16 x 16, called with 16 rows",
        "net = nn.Sequential(*(nn.Linear(16, 16) for _ in range(8)))\n"
        "x = torch.randn(16, 16)\ny = net(x)\n",
    ),
    Program(
        "A small convolutional network, called with 8 images of 64 x 64",
        "net = nn.Sequential(\n"
        "    nn.Conv2d(3, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),\n"
        "    nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),\n"
        "    nn.Flatten(), nn.Linear(32 * 16 * 16, 10))\n"
        "x = torch.randn(8, 3, 64, 64)\ny = net(x)\n",
    ),
    Program(
        "Three layers of up to 2048 x 2048, called with 1,024 rows",
        "net = nn.Sequential(\n"
        "    nn.Linear(512, 2048), nn.ReLU(), nn.Linear(2048, 2048), nn.ReLU(),\n"
        "    nn.Linear(2048, 10))\n"
        "x = torch.randn(1024, 512)\ny = net(x)\n",
    ),
)
"""From many small calls to few large ones."""


def measured(tracer: Tracer, program: Program) -> Measurement:
    """Measure the last line of a program."""
    text = _HEAD + program.text
    last = text.count("\n")
    request = RunRequest(
        text=text, path=None, argv=[], cwd=None, environment={}, device="cpu", seed=0,
        what_if=[], max_ops=1, memory_mib=None, stdin="", measured=[last, last],
    )  # fmt: skip
    found = Measurement()
    tracer.run(request, found.add)
    return found


def table(program: Program, found: Measurement) -> Iterator[str]:
    """Yield the lines of a table in Markdown, and below it what it shows."""
    yield f"{program.title}, {found.rounds} rounds:\n\n"
    yield "| | median | middle half | peak | held at the end |\n| --- | --- | --- | --- | --- |\n"
    for mode in MODES[1:]:  # as written is as under grad
        one = found.modes[mode]
        assert one.spread is not None
        assert one.peak is not None
        assert one.held is not None
        half = f"{duration(one.spread.low)} – {duration(one.spread.high)}"
        yield f"| {NAMES[mode]} | {duration(one.spread.median)} | {half} "
        yield f"| {size(one.peak)} | {size(one.held)} |\n"
    yield "\n"
    yield from (f"- {said}\n" for said in sentences(found))
    yield "\n"


def where(found: Measurement) -> str:
    """Return a sentence about the machine."""
    assert found.machine is not None
    cores = os.cpu_count()
    said = machine_words(found.machine, f"{cores} CPU cores ({_processor()})")
    busy = " Other programs were busy meanwhile." if found.was_busy else ""
    return f"All figures are from one machine: {said}.{busy}\n"


def _processor() -> str:
    """Return the name of the processor."""
    file = Path("/proc/cpuinfo")
    lines = file.read_text().splitlines() if file.exists() else []
    names = (line.partition(": ")[2] for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


def main() -> None:
    with closing(Tracer()) as tracer:
        results = [(program, measured(tracer, program)) for program in PROGRAMS]
    busy = any(found.was_busy for _, found in results)
    last = results[-1][1]
    last.was_busy = busy
    parts = ["".join(table(program, found)) for program, found in results]
    before = PAGE.read_text(encoding="utf-8").partition(BEGIN)[0]
    PAGE.write_text(before + BEGIN + "\n" + "".join(parts) + where(last), encoding="utf-8")
    print(PAGE)


if __name__ == "__main__":
    main()
