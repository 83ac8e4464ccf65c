"""What it costs to follow a program through its files.

    python -m tests.benchmarks.bench_files

A program of 200 files runs 30 of them: each has a layer, and functions that are not called.  It is
traced with all its files as the user's and with the snippet alone, in turns; compared are the
least CPU times of the run, and of making the trace of its rows, of each.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from app.contract.records import Trace
from app.process.client import Tracer
from tests.tools.tracing import trace_with

FILES, RUN, STEPS, TURNS = 200, 30, 60, 4
AIM = 1.05
LAYER = """\
import torch
from torch import nn


class Layer{number}(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(16, 16)

    def forward(self, x):
        return torch.relu(self.linear(x)) + x
"""
UNUSED = """

def unused_{number}_{at}(values, limit):
    total = 0
    for value in values:
        if value > limit:
            total += value
        elif value < 0:
            continue
        else:
            total -= value
    return total
"""
TRAIN = """\
import time
import torch
from torch import nn
{imports}
torch.set_num_threads(1)
model = nn.Sequential({layers})
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for step in range({steps}):
    loss = model(torch.randn(4, 16)).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(time.process_time())
"""


class Taken(NamedTuple):
    """CPU seconds: of the run in the child, and of this process, which makes the trace."""

    run: float
    trace: float


@contextmanager
def program() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "layers"
        package.mkdir()
        (package / "__init__.py").touch()
        for number in range(FILES):
            unused = "".join(UNUSED.format(number=number, at=at) for at in range(7))
            (package / f"layer_{number}.py").write_text(LAYER.format(number=number) + unused)
        names = range(RUN)
        imports = "\n".join(f"from layers.layer_{n} import Layer{n}" for n in names)
        layers = ", ".join(f"Layer{n}()" for n in names)
        path = Path(folder) / "train.py"
        path.write_text(TRAIN.format(imports=imports, layers=layers, steps=STEPS))
        yield path


def taken(tracer: Tracer, path: Path, no_follow: list[str]) -> tuple[Taken, Trace]:
    begin = time.process_time()
    trace = trace_with(
        tracer, path.read_text(), path=str(path), cwd=str(path.parent), no_follow=no_follow
    )
    assert trace.error is None, trace.error
    return Taken(float(trace.output.stdout), time.process_time() - begin), trace


def main() -> None:
    with closing(Tracer()) as tracer, program() as path:
        tracer.wait_for_devices()
        best = {"followed": Taken(1e9, 1e9), "the snippet alone": Taken(1e9, 1e9)}
        for _ in range(TURNS):
            for name, packages in (("followed", []), ("the snippet alone", ["layers"])):
                now, trace = taken(tracer, path, packages)
                assert len(trace.files) == (1 if packages else RUN + 2)  # and `__init__.py`
                best[name] = Taken(*map(min, best[name], now))
        for name, one in best.items():
            print(f"{name:20} run {one.run:7.3f} s, trace {one.trace:7.3f} s of CPU time")
        followed, alone = best.values()
        print(f"{len(trace.operations):,} operations, {FILES} files, {RUN} ran")
        print(f"run: {followed.run / alone.run:.3f} times (aim: {AIM})")
        more = followed.trace - alone.trace
        print(f"trace: {more:+.3f} s (aim: less than 1 s)")


if __name__ == "__main__":
    main()
