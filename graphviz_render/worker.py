"""Layouts in another process, which can be killed when a layout is no longer wanted.

``python -m graphviz_render.worker`` answers requests.  `Worker` is its client: it keeps one such
process warm and replaces it when it had to be killed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Lock, Timer
from typing import TYPE_CHECKING, Any, Final, Unpack

from graphviz_render import messages
from graphviz_render.model import (
    Box,
    Layout,
    LayoutCancelledError,
    LayoutError,
    Options,
    Route,
    Solving,
    solving,
)
from graphviz_render.problem import Placement, Problem, read

if TYPE_CHECKING:
    import networkx as nx

GRAPHVIZ_SECONDS: Final = 60.0
"""How long Graphviz may take: it can hang, or need an hour for what the layered engine does in a
second."""


class Worker:
    """Lays graphs out in a process of its own, one at a time.

    `layout` blocks, so call it in a thread; `cancel` and `close` may be called from any other.
    """

    def __init__(self, graphviz_seconds: float = GRAPHVIZ_SECONDS) -> None:
        self._graphviz_seconds = graphviz_seconds
        self._turn = Lock()
        self._lock = Lock()
        self._child: _Child | None = _Child()
        self._busy = False
        self._closed = False

    def layout(
        self,
        graph: nx.MultiDiGraph[Any],
        **options: Unpack[Options],
    ) -> Layout:
        """As `graphviz_render.layout`.

        Raises `LayoutCancelledError` where `cancel` or `close` ended it, and `LayoutError` also
        where Graphviz took too long or the process died; the next call has a new one.
        """
        with self._turn:
            child = self._begin()
            try:
                problem, names = read(graph, options)
                return names.label(child.solve(problem, solving(options), self._graphviz_seconds))
            finally:
                self._end(child)

    def cancel(self) -> None:
        """End the layout in progress, if any; its caller gets `LayoutCancelledError`."""
        with self._lock:
            if self._busy and self._child is not None:
                self._child.kill(LayoutCancelledError("The layout was cancelled."))
                self._child, self._busy = _Child(), False

    def close(self) -> None:
        """End the process and cancel the current layout, if any."""
        with self._lock:
            self._closed = True
            child, self._child = self._child, None
        if child is not None:
            child.kill(LayoutCancelledError("The layout process was closed."))

    def _begin(self) -> _Child:
        with self._lock:
            if self._closed:
                raise LayoutCancelledError("The layout process was closed.")
            if self._child is not None and self._child.has_ended:
                self._child.end()
                self._child = None
            self._child = self._child or _Child()
            self._busy = True
            return self._child

    def _end(self, child: _Child) -> None:
        with self._lock:
            if self._child is child:
                self._busy = False


class _Child:
    """One process, leader of its own group, so that a `dot` it started goes down with it."""

    def __init__(self) -> None:
        package = Path(__file__).resolve().parent.parent
        places = [str(package), os.environ.get("PYTHONPATH", "")]
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "graphviz_render.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, places))},
            start_new_session=True,
        )
        self._why: LayoutError | None = None
        """The reason why it was killed."""

    @property
    def has_ended(self) -> bool:
        """Whether it takes no more problems; a killed process may take a moment to be gone."""
        return self._why is not None or self._process.poll() is not None

    def solve(self, problem: Problem, how: Solving, seconds: float) -> Placement:
        """Return the answer; wait at most `seconds` if Graphviz makes it."""
        late = f"Graphviz did not finish within {seconds:g} s. Show fewer nodes, or fold some."
        limit = Timer(seconds, self.kill, [LayoutError(late)])
        if how["engine"] != "layered":
            limit.start()
        try:
            answer = self._ask({**problem.columns(), **how})
        finally:
            limit.cancel()
        if answer is None:
            raise self._ending()
        if "error" in answer:
            raise LayoutError(answer["error"])
        return _placement(answer)

    def _ask(self, request: dict[str, Any]) -> dict[str, Any] | None:
        """Return the answer, or None if the process ended without one."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            messages.write(self._process.stdin, request)
            return messages.read(self._process.stdout)
        except (OSError, ValueError):  # the pipe broke, or was closed by `kill`
            return None

    def _ending(self) -> LayoutError:
        if self._why is not None:
            return self._why
        code = self.end()
        how = f"by signal {-code}" if code < 0 else f"with status {code}"
        return LayoutError(f"The layout process ended {how}. Show fewer nodes, or try again.")

    def kill(self, why: LayoutError) -> None:
        """End the process on purpose: whoever waits for its answer gets `why`."""
        self._why = why
        self.end()

    def end(self) -> int:
        """End the process and all that it started, if it has not ended.  Returns its status."""
        if self._process.returncode is None:  # not waited for, so that its id is still its own
            _kill_group(self._process)
        code = self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):  # what was not yet written is lost, and may be
                    pipe.close()
        return code


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        process.kill()
    else:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _placement(answer: dict[str, Any]) -> Placement:
    return Placement(
        answer["width"],
        answer["height"],
        [Box(*box) for box in answer["nodes"]],
        [
            Route(kind, [(x, y) for x, y in points], label and (label[0], label[1]))
            for kind, points, label in answer["routes"]
        ],
        [box and Box(*box) for box in answer["clusters"]],
    )


if __name__ == "__main__":
    from graphviz_render.worker_main import main

    main()
