"""The variables of the snippet's module, those of the user's running functions, and the modules
that the program imports of the user's."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from types import FrameType, ModuleType
from typing import Any, NamedTuple

from app.tracer.snippet.files import Files
from app.tracer.snippet.frames import look_at_variables

_MODULE_LEVEL = "<module>"


class Scope(NamedTuple):
    """The variables of the module (depth 0) or of a running function, the outermost being 1.

    `loop_variables` are those that only loops assign: another variable often holds the same.
    """

    depth: int
    variables: dict[str, Any]
    loop_variables: frozenset[str]


class LiveVariables:
    """Reads the current variables of the program."""

    def __init__(self, files: Files, module_level: dict[str, Any]) -> None:
        self._files = files
        self.module_level = module_level

    def now(self) -> list[Scope]:
        """Return the scope of the module alone."""
        return self._scopes(())

    def of_frame(self, frame: FrameType | None) -> list[Scope]:
        """Return the scopes of the module and the functions around `frame`, outermost first."""
        frames = []
        while frame is not None:
            frames.append(frame)
            frame = frame.f_back
        return self._scopes(reversed(frames))

    def of_error(self, error: BaseException) -> list[Scope]:
        """Return the scopes of the functions that `error` left, which its traceback keeps."""
        frames = []
        step = error.__traceback__
        while step is not None:
            frames.append(step.tb_frame)
            step = step.tb_next
        return self._scopes(frames)

    def imported(self) -> dict[str, ModuleType]:
        """Return the imported modules of the user's, by the name that the snippet has for them,
        else by their own."""
        if not self._files.has_imported:
            return {}  # there are a thousand modules to look at
        named = [*self.module_level.items(), *sys.modules.items()]
        theirs = [(name, value) for name, value in named if self._is_the_users(value)]
        return dict({id(value): (name, value) for name, value in reversed(theirs)}.values())

    def _is_the_users(self, value: object) -> bool:
        path = vars(value).get("__file__") if type(value) is ModuleType else None
        file = self._files.named(path) if type(path) is str else None
        return file is not None and file is not self._files.snippet

    def _scopes(self, frames: Iterable[FrameType]) -> list[Scope]:
        scopes = [Scope(0, dict(self.module_level), self._files.snippet.loop_variables(None))]
        for frame in frames:
            code, source = frame.f_code, self._files.of(frame)
            if source is not None and code.co_name != _MODULE_LEVEL:
                variables = look_at_variables(frame, lambda variables: dict(variables.items()))
                scopes.append(Scope(len(scopes), variables, source.loop_variables(code)))
        return scopes
