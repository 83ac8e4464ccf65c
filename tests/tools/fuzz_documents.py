"""Damage trace documents at random and take what is still accepted through the whole program.

    python -m tests.tools.fuzz_documents [COUNT [SEED]]

A document that is refused with a sentence is fine, and so is one that is read, drawn, explained and
written in time.  Anything else is printed with its seed and what was changed, which
`python -m tests.tools.fuzz_documents 1 SEED` repeats.
"""

from __future__ import annotations

import json
import random
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, Final

from app.command_line.writing import summary
from app.drawing.dot import styled
from app.page.html import page
from app.session.trace.anonymous import anonymous
from app.session.trace.document import dump, load
from app.session.trace.json_text import TraceFormatError
from graphviz_render import dot_source
from tests.tools.recorded import recorder

PROGRAMS: Final = (
    "04_weight_update_by_hand", "a backward pass that fails", "an error inside a module",
    "autograd.grad", "checkpoint", "copies and pickles", "double backward", "hooks of modules",
    "loops", "schedulers and clipping", "several backward passes", "training and evaluation",
)  # fmt: skip
"""Recorded programs whose documents are small and have every kind of record."""
_SECONDS: Final = 20
"""Processor time that a document of a few kilobytes may take; most take a tenth of a second."""
_MEMORY: Final = 2**30
"""Bytes beyond what the process has at its start, all documents together."""
_NUMBERS = (-1, 0, 1, 7, 2**31, 2**53, 2**63 - 1, -(2**63), 10**30, -0.5, 1e308)
_TEXTS = ("", "x", "n" * 20_000, "\u202e", "a\nb", "<b>", "\0", "\ud800", "0.0.0", "漢")
_VALUES: tuple[Any, ...] = (None, True, [], {}, [[]], *_NUMBERS, *_TEXTS)


@dataclass
class Failure:
    seed: int
    changes: list[str]
    said: str

    def __str__(self) -> str:
        return "\n".join([f"seed {self.seed}: {'; '.join(self.changes)}", self.said])


def failures(documents: Sequence[str], count: int, first: int) -> Iterator[Failure]:
    """Damage documents `count` times, from seed `first` on, and yield what went wrong.

    The process gets SIGVTALRM where one takes too long (not on Windows).
    """
    for seed in range(first, first + count):
        chance = random.Random(seed)
        document = json.loads(chance.choice(documents))
        changes = [_damage(document, chance) for _ in range(chance.choice((1, 1, 2, 4)))]
        try:
            _in_time(partial(take_through, json.dumps(document)))
        except TraceFormatError:
            continue
        except Exception:
            yield Failure(seed, changes, traceback.format_exc())


def take_through(text: str) -> None:
    """Read, explain, draw and write a document.  Raises TraceFormatError where it is refused."""
    run = load(text)
    assert summary(run)
    assert page(run.trace)
    assert dot_source(styled(run))
    again = load(dump(run.trace)).trace
    assert again == run.trace
    assert page(anonymous(run.trace))


def _damage(document: Any, chance: random.Random) -> str:
    """Change one place of a document, mostly to a value of the same type; return what was done."""
    holder, key, path = _place(document, chance)
    old = holder[key]
    if isinstance(old, dict) and old and chance.random() < 0.3:
        gone = chance.choice(list(old))
        del old[gone]
        return f"{path} without {gone!r}"
    values = list(_VALUES) if chance.random() < 0.1 else _others(old, chance)
    for _ in range(20):
        other, its, _ = _place(document, chance)
        if type(other[its]) is type(old):
            values.append(other[its])
    holder[key] = json.loads(json.dumps(chance.choice(values or [None])))
    return f"{path} = {json.dumps(holder[key])[:80]}"


def _others(old: Any, chance: random.Random) -> list[Any]:
    """Return values of the type of `old`, and what a field that may be None can have instead."""
    match old:
        case bool():
            return [not old]
        case int() | float():
            return [old - 1, old + 1, old + 1000, *_NUMBERS]
        case str():
            return [*_TEXTS, old * 500]
        case [_, *_]:
            mixed = chance.sample(old, len(old))
            return [[], old[::-1], old[:-1], old * 2, old * 300, mixed, [*old, old[0]]]
        case None:
            return [chance.choice(_VALUES)]
        case _:
            return []


def _place(document: Any, chance: random.Random) -> tuple[Any, Any, str]:
    """Choose a value: what holds it, under which key or index, and its path."""
    holder, path = document, "$"
    while True:
        key = chance.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
        path += f".{key}" if isinstance(holder, dict) else f"[{key}]"
        inner = holder[key]
        if not isinstance(inner, dict | list) or not inner or chance.random() < 0.2:
            return holder, key, path
        holder = inner


def _in_time(take: Callable[[], None]) -> None:
    def late(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"took longer than {_SECONDS} s")

    before = signal.signal(signal.SIGVTALRM, late)
    signal.setitimer(signal.ITIMER_VIRTUAL, _SECONDS)
    try:
        take()
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _limit_memory() -> None:
    import resource  # there is none on Windows

    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + _MEMORY, resource.RLIM_INFINITY))


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(10**9)
    print(f"{number} documents from seed {seed}", flush=True)
    found = 0
    with recorder() as trace:
        documents = [dump(trace(name)).decode() for name in PROGRAMS]
    _limit_memory()
    for failure in failures(documents, number, seed):
        found += 1
        print(failure, flush=True)
    print(f"{found} went wrong")
    sys.exit(found > 0)
