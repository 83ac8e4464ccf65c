"""The recorder: installs itself around the snippet's code, and puts everything back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.tracer.aside import aside
from app.tracer.backward import BackwardPasses
from app.tracer.calls import CallMode, Shared
from app.tracer.custom import watch_functions, watch_modules, watch_optimizers
from app.tracer.frames import Sites
from app.tracer.grad_modes import GradModes
from app.tracer.modules import ModuleTable
from app.tracer.naming import Naming
from app.tracer.patches import Patches
from app.tracer.private import active_modes, pop_mode, push_mode
from app.tracer.source import SnippetSource
from app.tracer.stream import Send, Stream
from app.tracer.tensors import TensorTable


class Recorder:
    """Records what runs inside `with recorder:` and streams rows to `send`.

    `code_filename` is the file name that the snippet's code objects carry, `text` its source,
    `variables` its global variables.  After the block, `finish()` reads what is left and closes
    the books; it may be called after an exception too.
    """

    def __init__(
        self, send: Send, code_filename: str, text: str, max_ops: int, variables: dict[str, Any]
    ) -> None:
        source = SnippetSource(text, code_filename)
        self._variables = variables
        self._stream = Stream(send)
        self._sites = Sites(source, self._stream)
        self._tensors = TensorTable(self._stream)
        self._modules = ModuleTable(code_filename, self._tensors, self._stream)
        naming = Naming(code_filename, self._tensors)
        self._shared = Shared(self._sites, self._stream, self._tensors, naming, max_ops)
        self._modes = GradModes(source, self._sites, self._stream)
        self._mode = CallMode(self._shared, self._modes)
        self._backward = BackwardPasses(self._shared, self._modes, self._mode, self._tracing)
        self._patches = Patches()
        self._hooks: list[Any] = []

    @property
    def truncated(self) -> bool:
        """Whether `max_ops` was reached, after which nothing more was recorded."""
        return self._shared.truncated

    def __enter__(self) -> Recorder:
        self._modes.install(self._patches)
        watch_modules(self._patches, self._mode, self._modules, self._shared)
        watch_functions(self._patches, self._mode, self._modes, self._shared)
        self._backward.install(self._patches)
        self._hooks = watch_optimizers(self._modes, self._mode)
        push_mode(self._mode)
        return self

    def __exit__(self, *error: object) -> None:
        pop_mode()
        for hook in self._hooks:
            hook.remove()
        self._patches.undo()

    @contextmanager
    def _tracing(self) -> Iterator[None]:
        """Calls made inside are seen, also where torch has taken the mode off its stack."""
        if self._mode in active_modes():
            yield
            return
        push_mode(self._mode)
        try:
            yield
        finally:
            pop_mode()

    def finish(self) -> None:
        """Sends the final state of modules and gradients; nothing of the snippet runs here."""
        with aside():
            self._modes.close_all()
            modules = list(self._modules.finish(self._variables))
            self._shared.gradients.finish(modules, self._variables)
        self._stream.flush()
