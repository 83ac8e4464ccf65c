"""Parameters held frozen or trainable, and modules held in training or evaluation mode.

A parameter is named as the program's variables lead to it.  So it is held from the first call into
torch on that is given it, or asks for or sets its `requires_grad`, after a variable leads to it
under a name that matches; a module from its first call, or `train()` or `eval()`, on.  That is
before a forward pass uses it, and whatever the program reads afterwards (an optimizer that is made
of what requires grad) is the held state.  What the program sets later has no effect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from types import CodeType, FrameType
from typing import Any

from torch import Tensor, nn

from app.contract.messages import MatchedRow
from app.contract.patterns import covers
from app.contract.records import Change, NoteCode
from app.tracer.autograd.facts import Facts
from app.tracer.calls.modules import ModuleTable
from app.tracer.paths import Paths
from app.tracer.snippet.files import Files
from app.tracer.snippet.reaching import Found
from app.tracer.tensors.table import is_leaf, is_parameter
from app.tracer.unseen import unseen
from app.tracer.weak import Weak
from app.tracer.what_if.changes import Changes

_MOST_PLACES = 1024
"""The number of places of the program from which the name of one thing is looked for."""
_Place = tuple[tuple[int, int], ...]
"""Code objects by `id()` with the offsets in them, innermost first."""


class _Known:
    """A parameter or module; `state` is what it is held at, None if no name of it matches."""

    __slots__ = ("matched", "places", "reference", "state", "written")

    def __init__(self, reference: Weak) -> None:
        self.reference = reference
        self.state: bool | None = None
        self.written: bool | None = None
        """The state that it would have without the what-if, if it is held."""
        self.matched: MatchedRow | None = None
        self.places: set[_Place] = set()


class Held:
    """Knows the parameters and modules that the changes hold, and finds them by their names."""

    def __init__(
        self,
        changes: Changes,
        files: Files,
        paths: Paths,
        facts: Facts,
        modules: ModuleTable,
        note: Callable[[NoteCode, int | None, str], None],
    ) -> None:
        self._changes, self._note = changes, note
        self._files, self._paths, self._facts, self._modules = files, paths, facts, modules
        self._of_tensors = changes.of_kinds("freeze", "unfreeze")
        self._of_modules = changes.of_kinds("eval", "train")
        self._known: dict[int, _Known] = {}
        """Parameters and modules by `id()`."""

    def __bool__(self) -> bool:
        return bool(self._of_tensors or self._of_modules)

    # ----------------------------------------------------------------------------------- tensors

    def given(
        self, tensors: Iterable[Tensor], frame: FrameType, calling: Iterable[int], *, is_set: bool
    ) -> None:
        """Hold those of the tensors that a name matches now, before a call is given them.

        `calling` are the ids of frames that are calling modules; `is_set`: the call only sets
        `requires_grad`.
        """
        if not self._of_tensors:
            return
        with unseen():
            for tensor in tensors:
                if self._may_be_held(tensor):
                    if self._state(tensor) is None:
                        self._look(tensor, frame, calling)
                    if not is_set:
                        self._used(tensor)

    def set_as_written(self, thing: Tensor | nn.Module, state: bool) -> bool:
        """Note the state that the program gives something; return whether it is held instead."""
        known = self._known_of(thing)
        if known is None or known.state is None:
            return False
        known.written = state
        return True

    def _used(self, thing: Tensor | nn.Module) -> None:
        known = self._known_of(thing)
        if known is not None and known.matched is not None and known.written is not known.state:
            self._changes.changed(known.matched)

    @staticmethod
    def _may_be_held(tensor: Tensor) -> bool:
        return (is_parameter(tensor) or tensor.requires_grad) and is_leaf(tensor)

    def _hold_tensor(self, found: Found) -> None:
        tensor, covering = found.value, _last_covering(self._of_tensors, found.path)
        if covering is None or not self._may_be_held(tensor):
            return
        place, kind = covering
        wanted, before = kind == "unfreeze", tensor.requires_grad
        try:
            identity = self._facts.hold(tensor, wanted)
        except RuntimeError as error:  # only floating point and complex tensors require grad
            text = f"--{kind} {found.path} had no effect: {error}."
            self._note("what_if", None, text)
        else:
            known = self._of(tensor)
            known.state, known.written = wanted, before
            known.matched = self._changes.matched(place, found.path, tensor=identity)

    # ----------------------------------------------------------------------------------- modules

    def mode(self, module: nn.Module, frame: FrameType, calling: Iterable[int]) -> bool | None:
        """Put a module into the mode that it is held in, and return that; None if it is not held.

        It is asked for at `train()` and `eval()`, and, by `called`, when the module is called.
        """
        if not self._of_modules:
            return None
        if self._state(module) is None:
            with unseen():
                self._look(module, frame, calling)
        mode = self._state(module)
        if mode is not None and (own := vars(module).get("training")) is not mode:
            self.set_as_written(module, bool(own))  # the program has set the attribute itself
            vars(module)["training"] = mode
        return mode

    def called(self, module: nn.Module, frame: FrameType, calling: Iterable[int]) -> None:
        self.mode(module, frame, calling)
        self._used(module)

    def _hold_module(self, found: Found) -> None:
        covering = _last_covering(self._of_modules, found.path)
        if covering is None:
            return
        place, kind = covering
        module, wanted = found.value, kind == "train"
        known = self._of(module)
        known.state, known.written = wanted, bool(vars(module).get("training"))
        vars(module)["training"] = wanted
        number = self._modules.number_of(module)
        known.matched = self._changes.matched(place, found.path, module=number)

    # ------------------------------------------------------------------------------------- names

    def _known_of(self, thing: Any) -> _Known | None:
        known = self._known.get(id(thing))
        return None if known is None or known.reference() is not thing else known

    def _state(self, thing: Any) -> bool | None:
        known = self._known_of(thing)
        return None if known is None else known.state

    def _look(self, thing: Any, frame: FrameType, calling: Iterable[int]) -> None:
        """Search the variables for names, unless `thing` was looked for from here before.

        A variable may have come to lead to it, or another one, wherever the program has gone on.
        """
        place, known = self._place(frame, calling), self._of(thing)
        if place in known.places or len(known.places) > _MOST_PLACES:
            return
        known.places.add(place)
        for found in self._paths.search(frame):
            of_found = self._of(found.value)
            of_found.places.add(place)
            if of_found.state is not None:
                continue
            if found.kind in ("parameter", "tensor"):
                self._hold_tensor(found)
            elif found.kind in ("module", "hidden"):
                self._hold_module(found)

    def _of(self, thing: Any) -> _Known:
        known = self._known_of(thing)
        if known is None:
            forget = partial(self._known.pop, id(thing))  # it is called with the dead reference
            known = self._known[id(thing)] = _Known(Weak(thing, forget))
        return known

    def _place(self, frame: FrameType, calling: Iterable[int]) -> _Place:
        """Return where the user's functions are, but for those that modules call."""
        inside = set(calling)
        places: list[tuple[int, int]] = []
        step: FrameType | None = frame
        while step is not None:
            if id(step) in inside:
                places.clear()
            if self._files.of(step) is not None:
                code: CodeType = step.f_code
                places.append((id(code), step.f_lasti))
            step = step.f_back
        return tuple(places)


def _last_covering(changes: list[tuple[int, Change]], name: str) -> tuple[int, str] | None:
    """Return the place and the kind of the last change whose pattern covers a name."""
    return next(((place, one.kind) for place, one in changes if covers(one.target, name)), None)
