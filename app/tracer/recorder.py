"""The recorder: installs itself around the snippet's code, and puts everything back."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, suppress
from typing import Any

from torch import Tensor

from app.contract.ranks import rank_in
from app.contract.records import Change
from app.tracer.autograd.backward import BackwardPasses
from app.tracer.autograd.checkpoints import watch_checkpoints
from app.tracer.autograd.nodes import NodeOwners, OwnersInNodes
from app.tracer.calls.call_mode import CallMode
from app.tracer.calls.custom import watch_functions, watch_modules
from app.tracer.calls.hidden_mode import hide_the_mode
from app.tracer.calls.modules import ModuleTable
from app.tracer.calls.optimizers import OptimizerSteps
from app.tracer.calls.transforms import watch_transforms
from app.tracer.calls.unasked import watch_unasked
from app.tracer.children import Children
from app.tracer.clock import ClockedStream, watch_waiting
from app.tracer.compilers import run_eagerly
from app.tracer.grad_modes.autocast import Autocasts
from app.tracer.grad_modes.regions import GradModes
from app.tracer.grad_modes.watch import watch_grad_modes
from app.tracer.grad_modes.what_if import Unswitched
from app.tracer.invisible import stay_invisible
from app.tracer.opening.opening import Opening
from app.tracer.patches import Patches
from app.tracer.paths import Paths
from app.tracer.private import is_traceable, missing
from app.tracer.shared import Shared
from app.tracer.snippet.files import Files
from app.tracer.snippet.frames import Sites
from app.tracer.snippet.loops import Loops
from app.tracer.snippet.source import SourceFile
from app.tracer.snippet.variables import LiveVariables
from app.tracer.stream import Send, Stream
from app.tracer.tensors.naming import Naming
from app.tracer.tensors.table import TensorTable
from app.tracer.threads import Threads, ThreadState
from app.tracer.unseen import unseen
from app.tracer.weak import hide_references
from app.tracer.what_if.calls import ChangedCalls
from app.tracer.what_if.changes import Changes
from app.tracer.what_if.held import Held
from app.tracer.what_if.left_out import LeftOut


class Recorder:
    """Records what runs inside `with recorder:` and streams rows to `send`.

    `code_filename` is the file name that the snippet's code objects carry, `text` its source,
    `variables` its global variables.  After the block, `finish()` reads what is left and closes
    the books; it may be called after an exception too.  Any `changes` make the run a
    what-if (`app.tracer.what_if`).  `follow` and `no_follow` name
    packages whose files count, or do not count, as the user's.  The run
    ends after `iterations()` optimizer steps, if that is not None when a step ends.  With
    `follows_children` the rows of forked processes are sent too.  An `opening` is given the
    backward pass with the step that it opens.
    """

    def __init__(
        self,
        send: Send,
        code_filename: str,
        text: str,
        max_ops: int,
        variables: dict[str, Any],
        changes: Sequence[Change] = (),
        follow: Iterable[str] = (),
        no_follow: Iterable[str] = (),
        iterations: Callable[[], int | None] = lambda: None,
        follows_children: bool = False,
        opening: Opening | None = None,
    ) -> None:
        self._iterations = iterations
        self._opening = opening
        is_rank = rank_in(os.environ)[0] is not None
        self._stream = ClockedStream(send) if is_rank else Stream(send)
        self._changes = Changes(changes, self._stream.put)
        self._children = Children(self._stream, follows_children)
        snippet = SourceFile(text, code_filename)
        self.files = Files(snippet, self._stream.put, follow, no_follow)
        self._sites = Sites(self.files, self._stream)
        tensors = TensorTable(self._stream)
        self._modules = ModuleTable(tensors, self._stream)
        naming = Naming(self.files, tensors, variables)
        self._paths = Paths(LiveVariables(self.files, variables), self._modules, naming)
        loops = Loops(self.files.number_of, self._stream.put)
        self._shared = Shared(
            self._sites, loops, self._stream, tensors, naming, self._paths, max_ops
        )
        self._threads = Threads(self._thread_state, self._changes.mode)
        self._left_out = LeftOut(self._changes, self.files)
        facts, note = self._shared.facts, self._shared.note
        self._held = Held(self._changes, self.files, self._paths, facts, self._modules, note)
        self._stack = ExitStack()

    def _thread_state(self) -> ThreadState:
        shared = self._shared
        unswitched = changed = None
        if self._changes.mode is not None or self._left_out:
            unswitched = Unswitched(self._changes.mode, self._left_out)
        if self._left_out or self._held:
            changed = ChangedCalls(self._left_out, self._held, shared.mishaps)
        modes = GradModes(self._sites, self._stream, unswitched)
        owners: NodeOwners | OwnersInNodes = shared.owners
        if self._threads.any_traced:
            shared.owners_elsewhere = owners = shared.owners_elsewhere or OwnersInNodes()
        return ThreadState(CallMode(shared, modes, owners, changed), modes)

    @property
    def truncated(self) -> bool:
        """Whether `max_ops` was reached, so that recording stopped."""
        return self._shared.truncated

    def identity_of(self, tensor: Tensor) -> int | None:
        """Return the number of a living tensor in the rows, None if it was never seen."""
        tracked = self._shared.tensors.known(tensor)
        return None if tracked is None else tracked.identity

    def __enter__(self) -> Recorder:
        for one in missing:
            if is_traceable() or one.loss == "all":
                self._shared.lacking(one)
        if not is_traceable():
            return self
        patches = Patches()
        self._stack.callback(patches.undo)
        stay_invisible(patches)
        hide_references(patches)
        casts = Autocasts(self.files, self._stream, self._shared.mishaps, self._left_out)
        casts.install(patches, self._threads)
        watch_grad_modes(patches, self._threads, self._shared.mishaps)
        held = self._held or None
        watch_modules(patches, self._threads, self._modules, self._shared, held)
        watch_functions(patches, self._threads, self._shared)
        watch_unasked(patches, self._threads, self._shared)
        run_eagerly(patches, self._threads, self._shared)
        watch_transforms(patches, self._threads, self._shared)
        passes = BackwardPasses(self._shared, self._threads, self._modules, self._opening)
        passes.install(patches)
        self._threads.install(patches)
        self._children.install(patches)
        self._shared.saved.install(patches)
        if isinstance(self._stream, ClockedStream):
            watch_waiting(patches, self._threads, self._shared, self._stream)
        watch_checkpoints(patches, self._threads, self._shared)
        hide_the_mode(patches)
        steps = OptimizerSteps(self._shared, self._threads, self._iterations)
        self._stack.callback(steps.install(patches).remove)
        self._stack.enter_context(self._threads.traced())
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def left(self, error: BaseException) -> None:
        """Read the variables that the traceback of `error`, which ends the run, still has."""
        if is_traceable():
            with unseen():
                self._paths.raised(error)

    def failed(self, error: BaseException) -> None:
        """Send the call that raised `error`, with which the snippet ended."""
        with suppress(Exception):  # its `str()` is the snippet's
            self._shared.failures.tell(error, self.files)

    def finish(self) -> None:
        """Send the final state of modules and gradients, without running the snippet's code."""
        if is_traceable():
            self._finish()
        self._stream.put_ahead()
        self._stream.fetch()

    def _finish(self) -> None:
        with unseen():
            self._threads.close()
            self._shared.saved.tell_dropped()
            self._shared.tell_of_too_deep()
            if (text := self._children.words(truncated=self.truncated)) is not None:
                self._shared.note("children", None, text)
            self._paths.finish()
            modules = list(self._modules.finish())
            self._shared.gradients.finish(modules, self._shared.naming.held)
            self._shared.tensors.count_parameters()
