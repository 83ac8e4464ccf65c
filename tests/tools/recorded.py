"""The recorded traces of `tests/tracer/recorded_programs`, which `test_recorded` compares with.

python -m tests.tools.recorded [NAME ...]      records the programs of these names, or all, again

It prints where each trace differs from the one before: read that before you commit.
"""

from __future__ import annotations

import gzip
import json
import math
import re
import sys
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from app.contract.records import Trace
from app.process.client import Tracer
from app.session.trace import document
from tests.tools.tracing import trace_with
from tests.tracer.recorded_programs import PROGRAMS

FOLDER = Path(__file__).parents[1] / "tracer/recorded"
MISSING = "(missing)"
_SAME_ARITHMETIC = {
    "ATEN_CPU_CAPABILITY": "default",
    "MKL_CBWR": "COMPATIBLE",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
    "OMP_NUM_THREADS": "1",
}
"""With these, torch computes with the instructions and in the order of every x86 processor."""
_LIBRARY_FOLDER = re.compile(r"\S*/site-packages/")
_LIBRARY_FRAME = re.compile(r'(?m)^  File "[^<].*\n(?:    .*\n)+')


class Difference(NamedTuple):
    """Two documents differ at `path`; where one has nothing there, its value is MISSING."""

    path: str
    before: Any
    now: Any

    def __str__(self) -> str:
        return f"{self.path} was {_short(self.before)} and is {_short(self.now)}"


@contextmanager
def recorder() -> Iterator[Callable[[str], Trace]]:
    """Give what traces the program of a name, in a process with the same arithmetic everywhere."""
    with closing(Tracer()) as tracer:
        tracer.prepare(_SAME_ARITHMETIC)
        yield lambda name: trace_with(tracer, *PROGRAMS[name], environment=_SAME_ARITHMETIC)


def comparable(trace: Trace) -> Any:
    """Return the document without what another run or another machine makes different.

    These are times, the machine, the versions, the frames of libraries in tracebacks, and when
    garbage was collected: until then a graph in a cycle of references keeps what it saved.
    """
    built = json.loads(document.dump(trace))
    stepped = {step.event for backward in trace.backward_passes for step in backward.steps}
    for kept in built["kept"]:
        if kept["end_event"] not in stepped:
            del kept["end_event"], kept["outlived"]
    for key in ("seconds", "host", "system", "torch", "python", "language"):
        del built["run"][key]
    for operation in built["operations"]:
        del operation["seconds"]
    if built["error"]:
        built["error"]["traceback"] = _LIBRARY_FRAME.sub("", built["error"]["traceback"])
    printed = _LIBRARY_FRAME.sub("", built["output"]["stderr"])
    built["output"]["stderr"] = _LIBRARY_FOLDER.sub("site-packages/", printed)
    return built


def differences(before: Any, now: Any, path: str = "$") -> Iterator[Difference]:
    """Yield where two documents differ, in their order.

    Floats may differ by 1e-5 of their size or by 1e-6, a level or a count of a picture by one: a
    mean or a norm may be added up in another order, and libraries of other builds of torch round
    the last bits of float32 differently.
    """
    if isinstance(before, dict) and isinstance(now, dict):
        for key in before | now:
            inner = before.get(key, MISSING), now.get(key, MISSING)
            yield from differences(*inner, f"{path}.{key}")
    elif isinstance(before, list) and isinstance(now, list):
        for index, (one, other) in enumerate(zip_longest(before, now, fillvalue=MISSING)):
            yield from differences(one, other, f"{path}[{index}]")
    elif not _equal(path, before, now):
        yield Difference(path, before, now)


def _equal(path: str, before: Any, now: Any) -> bool:
    if type(before) is not type(now):
        return False
    if isinstance(before, float):
        return math.isclose(before, now, rel_tol=1e-5, abs_tol=1e-6)
    if path.endswith(".picture.levels"):
        levels = list(zip_longest(b64decode(before), b64decode(now), fillvalue=-1))
        return all(abs(one - other) <= 1 for one, other in levels)
    if ".picture.counts[" in path:
        return before - now in (-1, 0, 1)
    return bool(before == now)


def _short(value: Any) -> str:
    text = value if value is MISSING else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 300 else f"{text[:300]}…"


class Recorded(NamedTuple):
    """A recorded document, and what it was made with: "torch 2.13 on Linux x86_64"."""

    made_with: str
    document: Any


def made_with(trace: Trace) -> str:
    minor = ".".join(trace.run.torch.split(".")[:2])
    return f"torch {minor} on {trace.run.system}"


def load(name: str) -> Recorded:
    with gzip.open(_path(name), "rt", encoding="utf-8") as file:
        return Recorded(**json.load(file))


def _path(name: str) -> Path:
    return FOLDER / f"{re.sub(r'[^a-z0-9]+', '_', name.lower())}.json.gz"


def _record(name: str, trace: Trace) -> None:
    now = comparable(trace)
    if _path(name).exists():
        found = list(differences(load(name).document, now))
        print(f"{name}: {len(found)} differences", *found[:5], sep="\n    ")
    else:
        print(f"{name}: new")
    text = json.dumps(Recorded(made_with(trace), now)._asdict(), ensure_ascii=False)
    # Without a time in its header the file changes only if the document does.
    _path(name).write_bytes(gzip.compress(text.encode(), mtime=0))


def main(names: list[str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    with recorder() as traced:
        for name in names or PROGRAMS:
            _record(name, traced(name))


if __name__ == "__main__":
    main(sys.argv[1:])
