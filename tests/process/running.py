"""Runs snippets through a real `Tracer` and keeps what came, in a form to ask."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from textwrap import dedent
from typing import Any

from app.contract.kinds import plain
from app.contract.messages import ErrorRow, Exited, Row, RunRequest
from app.process.client import Tracer

STEPS = """
import time, torch
p = torch.nn.Parameter(torch.ones(2))
optimizer = torch.optim.SGD([p], lr=0.1)
steps = 0
try:
    while True:
        p.sum().backward()
        optimizer.step()
        steps += 1
        print("step", steps)
        time.sleep(0.01)
finally:
    print("cleaned up")
"""


def request(text: str, **changes: Any) -> RunRequest:
    """A request with the defaults of the window; the text may be indented."""
    return RunRequest(
        text=dedent(text),
        path=None,
        argv=[],
        cwd=None,
        environment={},
        device="cpu",
        seed=0,
        what_if=[],
        max_ops=200_000,
        memory_mib=None,
        stdin="",
    )._replace(**changes)


@dataclass
class Run:
    """What one run sent.  `printed` holds its stdout so far."""

    messages: list[list[Any]] = field(default_factory=list)
    exited: Exited | None = None
    _news: queue.SimpleQueue[str] = field(default_factory=queue.SimpleQueue)

    def take(self, batch: list[Row]) -> None:
        new = [message if isinstance(message, list) else plain(message) for message in batch]
        self.messages += new
        for message in new:
            if message[:2] == ["output", "stdout"]:
                self._news.put(message[2])

    def wait_until_printed(self, text: str) -> None:
        """Returns when the snippet has printed this; fails when it does not."""
        seen = ""
        while text not in seen:
            seen += self._news.get(timeout=60)

    def of(self, kind: str) -> list[list[Any]]:
        return [message for message in self.messages if message[0] == kind]

    def _output(self, stream: str) -> str:
        return "".join(text for _, name, text in self.of("output") if name == stream)

    @property
    def stdout(self) -> str:
        return self._output("stdout")

    @property
    def stderr(self) -> str:
        return self._output("stderr")

    @property
    def error(self) -> ErrorRow | None:
        rows = self.of("error")
        assert len(rows) <= 1
        return ErrorRow(*rows[0][1:]) if rows else None

    @property
    def is_finished(self) -> bool:
        return bool(self.of("finished"))

    @property
    def functions(self) -> list[str]:
        """The names of the functions of torch that operations called, each once."""
        return [row[2] for row in self.of("function")]


def run(tracer: Tracer, text: str, timeout: float | None = None, **changes: Any) -> Run:
    done = Run()
    done.exited = tracer.run(request(text, **changes), done.take, timeout)
    return done


def assert_ended_after_a_step(done: Run) -> None:
    """`STEPS` ended as by exit(0) where an optimizer step ended, which was reported."""
    *printed, last = done.stdout.splitlines()
    assert (done.exited, done.error, last) == (Exited(0, None, None), None, "cleaned up")
    (finished,) = done.of("finished")
    assert finished[-1] == len(printed) + 1 == len(done.of("optimizer_step_end"))


@contextmanager
def running(tracer: Tracer, text: str, **changes: Any) -> Iterator[Run]:
    """A run that goes on while the block runs, and has ended after it."""
    going = Run()

    def work() -> None:
        going.exited = tracer.run(request(text, **changes), going.take)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield going
    finally:
        thread.join(timeout=60)
    assert not thread.is_alive(), "the run does not end"


def warm_tracers(**options: Any) -> Callable[[], Iterator[Tracer]]:
    """The body of a fixture: a tracer whose server is ready when the first test begins."""

    def tracers() -> Iterator[Tracer]:
        with closing(Tracer(**options)) as tracer:
            tracer.wait_for_devices()
            yield tracer

    return tracers
