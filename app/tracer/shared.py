"""The recorder's state of a run, shared by the snippet's threads."""

from __future__ import annotations

from typing import Any

import torch

from app.contract.messages import TruncatedRow
from app.contract.records import Note, NoteCode
from app.contract.spots import line_and_file, spot
from app.tracer.autograd.facts import Facts
from app.tracer.autograd.gradients import GradientRows
from app.tracer.autograd.nodes import NodeOwners, OwnersInNodes
from app.tracer.autograd.saved import SavedMemory
from app.tracer.calls.composite import Bodies
from app.tracer.calls.functions import TorchFunction
from app.tracer.failures import Failures
from app.tracer.mishaps import Mishaps
from app.tracer.paths import Paths
from app.tracer.private import Missing
from app.tracer.snippet.frames import Sites
from app.tracer.snippet.loops import Loops
from app.tracer.stream import Stream
from app.tracer.tensors.naming import Naming
from app.tracer.tensors.outside import Outside
from app.tracer.tensors.table import TensorTable


class Shared:
    """The state that the modes of all threads share."""

    def __init__(
        self,
        sites: Sites,
        loops: Loops,
        stream: Stream,
        tensors: TensorTable,
        naming: Naming,
        paths: Paths,
        max_ops: int,
    ) -> None:
        self.sites = sites
        self.mishaps = Mishaps(self, sites)
        self.loops = loops
        self.stream = stream
        self.tensors = tensors
        self.naming = naming
        self.paths = paths
        self.bodies = Bodies()
        self.owners = NodeOwners()
        self.owners_elsewhere: OwnersInNodes | None = None
        self.saved = SavedMemory(stream, tensors.storage_number)
        self.outside = Outside()
        self.gradients = GradientRows(stream, tensors)
        self.failures = Failures(stream)
        self.facts = Facts(stream, tensors, sites, self.gradients, self.failures, self.mishaps)
        self.functions: dict[Any, TorchFunction] = {}
        self.max_ops = max_ops
        self.operations = 0
        self.truncated = False
        self.too_deep: list[tuple[int, str, int]] = []
        """Calls at the recursion limit that could not be noted at once: event, file, line."""
        self.made_by_passes: list[tuple[int, int, int]] = []
        """Nodes that passes with `create_graph` made: first number, end, which pass."""
        self._notes: set[tuple[str, int | None]] = set()

    def truncate(self) -> None:
        """Stop recording, except for calls that have begun."""
        if not self.truncated:
            self.truncated = True
            self.stream.put(TruncatedRow(self.stream.next_event()))

    def note(self, code: NoteCode, line: int | None, text: str) -> None:
        """Send a note about the trace as a whole, once for each line (see `records.Note`)."""
        if (code, line) not in self._notes:
            self._notes.add((code, line))
            self._put_note(code, line, text, self.stream.next_event())

    def _put_note(self, code: NoteCode, at: int | None, text: str, event: int) -> None:
        line, file = line_and_file(at)
        self.stream.put(Note(code, line, text, event, file))

    def lacking(self, missing: Missing) -> None:
        """Send a note about what this torch lacks."""
        code: NoteCode = "unsupported" if missing.loss == "detail" else "incomplete"
        text = f"torch {torch.__version__} has no `{missing.name}`. {missing.without}"
        advice = "Update Tapescope, or use a version of torch that it was tested with."
        self.stream.put(Note(code, None, f"{text} {advice}", self.stream.next_event()))

    def tell_of_too_deep(self) -> None:
        """Send notes about the calls at the recursion limit, at the end of the run."""
        if self.too_deep:
            event, file, line = self.too_deep[0]
            text = "Calls at the recursion limit could not be described and are missing."
            known = self.sites.files.named(file)
            at = None if known is None else spot(known.number, line)
            self._put_note("incomplete", at, text, event)

    def pass_that_made(self, node: Any) -> int | None:
        """Return the backward pass that made a node, or None."""
        number = node._sequence_nr()
        return next((by for first, end, by in self.made_by_passes if first <= number < end), None)

    def made_elsewhere(self, node: Any) -> bool:
        """Return whether no further operation of this run can be the maker of `node`.

        An operation, a backward pass or a skipped call made it, or it is older than the recording.
        """
        if self.owner_of(node) is not None or self.pass_that_made(node) is not None:
            return True
        number = node._sequence_nr()
        return number in self.owners.left or not self.owners.covers(number)

    def owner_of(self, node: Any) -> int | None:
        """Return the operation that made an autograd node, in any thread, or None."""
        if self.owners_elsewhere is not None:
            owner = self.owners_elsewhere.owner(node)
            if owner is not None:
                return owner
        return self.owners.owner(node)
