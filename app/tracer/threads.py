"""The state of each thread of the snippet: its function mode and its grad-mode regions.

Function modes and grad mode belong to a thread in torch, so a new thread starts with recording on
and unseen.  Threads that `threading` starts get a mode of their own; other threads (started by C
code, by `_thread`) are not traced, and do not disturb those that are.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from app.tracer.calls.call_mode import CallMode
from app.tracer.grad_modes.regions import GradModes
from app.tracer.grad_modes.what_if import RequestedMode
from app.tracer.patches import Patches
from app.tracer.private import active_modes, functions_hidden, pop_mode, push_mode


class ThreadState:
    """A traced thread's function mode and regions."""

    __slots__ = ("mode", "modes")

    def __init__(self, mode: CallMode, modes: GradModes) -> None:
        self.mode = mode
        self.modes = modes

    @contextmanager
    def tracing(self) -> Iterator[None]:
        """Record calls in this block, even if torch has removed the mode from its stack."""
        if self.mode in active_modes():
            yield
            return
        push_mode(self.mode)
        try:
            yield
        finally:
            pop_mode()

    @contextmanager
    def not_tracing(self) -> Iterator[None]:
        """Do not record calls in this block; the snippet's modes stay."""
        above: list[Any] = []
        ours = self.mode in active_modes()
        while ours and (mode := pop_mode()) is not self.mode:
            above.append(mode)
        self._push(above)
        try:
            yield
        finally:
            if ours:
                for _ in above:
                    pop_mode()
                self._push([*above, self.mode])

    @staticmethod
    def _push(modes: list[Any]) -> None:
        for mode in reversed(modes):
            push_mode(mode)


class Threads:
    """The traced threads of one run; the `mode` of a what-if is on in each of them."""

    def __init__(self, make: Callable[[], ThreadState], mode: RequestedMode | None = None) -> None:
        self._make = make
        self._mode = mode
        self._local = threading.local()
        self._states: list[ThreadState] = []

    def here(self) -> ThreadState | None:
        """Return the state of the current thread, or None if it is not traced now."""
        return None if functions_hidden() else getattr(self._local, "state", None)

    @property
    def any_traced(self) -> bool:
        """Return whether a thread is or was traced, so that the next is not the first."""
        return bool(self._states)

    @contextmanager
    def traced(self) -> Iterator[None]:
        """Trace the current thread in this block."""
        with nullcontext() if self._mode is None else self._mode.around():
            state = self._make()
            self._states.append(state)
            self._local.state = state
            try:
                with state.tracing():
                    yield
            finally:
                del self._local.state

    @contextmanager
    def not_traced(self) -> Iterator[None]:
        """Do not trace the current thread in this block."""
        state = getattr(self._local, "state", None)
        if state is None:
            yield
            return
        del self._local.state
        try:
            with state.not_tracing():
                yield
        finally:
            self._local.state = state

    def close(self) -> None:
        """Close the regions that are still open at the end of the run."""
        for state in self._states:
            state.modes.close_all()

    def install(self, patches: Patches) -> None:
        """Trace threads that are started from now on, from their first line."""
        original = threading.Thread._bootstrap_inner  # type: ignore[attr-defined]

        def bootstrap(thread: Any) -> None:
            with self.traced():
                original(thread)

        patches.set(threading.Thread, "_bootstrap_inner", bootstrap)
