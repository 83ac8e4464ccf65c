"""Records what autograd does in a block of your own program.

    import tapescope

    with tapescope.trace() as run:
        loss = model(batch).mean()
        loss.backward()
        optimizer.step()

    run.assert_trains(model, frozen=["backbone.*"])
    run.save("run.html")

Neither Qt nor anything else of the window is loaded, and torch is afterwards what it was before.
The rest of Tapescope lies in a package `app`.  A program may have one of that name itself, so ours
is in `sys.modules` only while it works (`_own_modules`).
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, ModuleType, TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn

    from app.contract.records import Finding, Gradient, Operation, Trace, Training

__all__ = ["Run", "trace"]

_HERE = Path(__file__).resolve()
_ROOT = next(place for place in _HERE.parents if (place / "app" / "library").is_dir())
_lock = threading.RLock()
_kept: dict[str, ModuleType] = {}
"""Our package and its modules while they are not in `sys.modules`."""


@contextmanager
def _own_modules() -> Iterator[None]:
    """Have `app` be Tapescope's package in this block, and the program's own outside of it."""
    with _lock:
        if _is_ours(sys.modules.get("app")):
            yield
            return
        theirs = _take_out()
        sys.modules.update(_kept)
        try:
            if "app" not in sys.modules:
                _load_package()
            yield
        finally:
            _kept.update(_take_out())
            sys.modules.update(theirs)


def _is_ours(package: ModuleType | None) -> bool:
    file = getattr(package, "__file__", None)
    return file is not None and Path(file).resolve().parent == _ROOT / "app"


def _take_out() -> dict[str, ModuleType]:
    names = [name for name in sys.modules if name == "app" or name.startswith("app.")]
    return {name: sys.modules.pop(name) for name in names}


def _load_package() -> None:
    folder = _ROOT / "app"
    spec = importlib.util.spec_from_file_location(
        "app", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    sys.modules["app"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["app"])


def _ours(module: str) -> Any:
    return importlib.import_module(f"app.library.{module}")


def trace(*, max_ops: int = 200_000) -> Run:
    """Return a context manager that records what its block does in this process.

    After `max_ops` operations recording stops and the block goes on.  Entering the block raises
    RuntimeError inside another one, and in a program that Tapescope runs.
    """
    return Run(sys._getframe(1), max_ops)


class Run:
    """What a block did; its properties are there once the block has ended, also by an exception."""

    def __init__(self, frame: FrameType, max_ops: int) -> None:
        self._frame: FrameType | None = frame
        self._max_ops = max_ops
        self._recording: Any = None
        self._unfinished = "recording"
        self._traced: Any = None

    def __enter__(self) -> Run:
        if self._frame is None:
            raise RuntimeError("This run is over. Call tapescope.trace() for another one.")
        frame, self._frame = self._frame, None
        with _own_modules():
            recording = _ours("recording").Recording(frame, self._max_ops)
            recording.start()
        self._recording = recording
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        try:
            with _own_modules():
                self._traced = self._recording.stop(error)
        except Exception as failure:
            self._unfinished = "ended without a record"
            if error is None:
                raise
            error.add_note(f"tapescope could not make the record of this block: {failure!r}")

    def __repr__(self) -> str:
        """What trained, how much was recorded, and how many leaves have a `.grad`."""
        if self._traced is None:
            said = "has not begun" if self._recording is None else self._unfinished
        else:
            with _own_modules():
                said = _ours("output").in_one_line(self._traced)
        return f"<tapescope.Run: {said}>"

    @property
    def has_ended(self) -> bool:
        """Whether the block has run, to its end or to an exception."""
        return self._traced is not None

    @property
    def trace(self) -> Trace:
        """The whole record, as in a saved trace.  Raises RuntimeError before the block's end."""
        if self._traced is None:
            raise RuntimeError("The block of this run has not ended yet. Ask after the block.")
        return self._traced.trace  # type: ignore[no-any-return]

    @property
    def operations(self) -> Sequence[Operation]:
        """The calls into torch, each with why it was recorded or skipped."""
        return self.trace.operations

    @property
    def gradients(self) -> list[Gradient]:
        """A row for each parameter and leaf: its `.grad`, and why it is that."""
        return self.trace.gradients

    @property
    def training(self) -> Training | None:
        """What trained; None if there was no parameter."""
        return self.trace.training

    @property
    def findings(self) -> list[Finding]:
        """What a person debugging this block would want to know."""
        return self.trace.findings

    def assert_trains(self, model: nn.Module, frozen: Sequence[str] = ()) -> None:
        """Raise AssertionError unless each parameter of `model` trained, those of `frozen` not.

        `frozen` has patterns for names as `model.named_parameters()` gives them, with * and ?;
        "head.*" means "model.head.weight" too.  The error says which parameters break it and why.
        Raises ValueError for a pattern that matches nothing: it would always hold.
        """
        __tracebackhide__ = True  # pytest shows the line of the test
        self.trace  # noqa: B018 - raises before the end
        with _own_modules():
            judging, identity_of = _ours("judging"), self._recording.identity_of
            judging.assert_trains(self._traced, identity_of, model, frozen)

    def save(self, path: str | Path) -> None:
        """Write the trace (.json, .json.gz) or its page (.html).  Raises ValueError, OSError."""
        trace = self.trace
        with _own_modules():
            Path(path).write_bytes(_ours("output").as_file(trace, Path(path).name))

    def show(self) -> None:
        """Open the trace in Tapescope's window, a program of its own, and return at once."""
        trace = self.trace
        with _own_modules():
            _ours("output").show(trace, _ROOT)

    def _repr_html_(self) -> str:
        """The page of the run, for notebooks."""
        trace = self.trace
        with _own_modules():
            return _ours("output").in_notebook(trace)  # type: ignore[no-any-return]
