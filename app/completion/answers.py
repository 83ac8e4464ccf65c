"""jedi's completions, descriptions and signatures as plain data."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable
from typing import Any

import jedi
import parso.cache

_MOST_NAMES = 3000
_LONGEST_DESCRIPTION = 1500
_WARMING = (
    "import torch\ntorch.",
    "import torch\nx = torch.randn(2)\nx.",
    "from torch import nn\nlayer = nn.Linear(2, 2)\nlayer.",
    "import torch.nn.functional as F\nF.",
)
_MEMBER = re.compile(r"(?:^|[^\w.)\]])([A-Za-z_]\w*)\.\w*$")

Answer = dict[str, Any]


def _read_broken_files_as_missing() -> None:
    """Let parso parse a file again whose cached form is incomplete.

    parso writes its cache in place, so another process can read half a file, and a process that
    ended while it wrote leaves one behind.  parso raises at such a file, every time.
    """
    load: Callable[..., Any] = parso.cache._load_from_file_system  # all readers call it

    def load_if_whole(*args: Any, **kwargs: Any) -> Any:
        try:
            return load(*args, **kwargs)
        except (pickle.UnpicklingError, EOFError):
            return None

    parso.cache._load_from_file_system = load_if_whole


class Answers:
    """Answers about texts, from the packages of `interpreter`.

    jedi reads sources and stubs and never runs the text.  Where it fails, there is no answer.
    """

    def __init__(self, interpreter: str) -> None:
        _read_broken_files_as_missing()
        self._environment = jedi.create_environment(interpreter, safe=False)
        self._names: dict[str, Any] = {}

    def warming(self) -> list[Callable[[], object]]:
        """Return common questions to ask in advance: the first `torch.` takes some seconds."""
        return [lambda text=text: self._complete(text) for text in _WARMING]  # type: ignore[misc]

    def complete(self, text: str, line: int, column: int, path: str | None,
                 tensors: list[str]) -> Answer:  # fmt: skip
        """Return names that fit at the cursor: `line` is 1-based, `column` counts characters.

        Where jedi knows nothing of the value before a dot, and a run showed it to be a tensor
        (`tensors` has the names of those), it is completed as one.
        """
        found = jedi.Script(text, path=path, environment=self._environment).complete(line, column)
        if not found:
            before = text.split("\n")[line - 1][:column]
            member = _MEMBER.search(before)
            if member is not None and member[1] in tensors:
                typed = before.rpartition(".")[2]
                found = self._complete(f"import torch\nx: torch.Tensor\nx.{typed}")
        self._names = {name.name: name for name in found[:_MOST_NAMES]}
        return {"names": list(self._names)}

    def _complete(self, text: str) -> list[Any]:
        """Return jedi's completions at the end of `text`."""
        lines = text.split("\n")
        script = jedi.Script(text, environment=self._environment)
        return list(script.complete(len(lines), len(lines[-1])))

    def describe(self, name: str) -> Answer:
        """Describe a name of the last completion: its kind, its signature, its docstring."""
        found = self._names.get(name)
        if found is None:
            return {}
        text = found.docstring(raw=True).strip()
        signatures = [signature.to_string() for signature in found.get_signatures()[:3]]
        if len(text) > _LONGEST_DESCRIPTION:
            text = text[:_LONGEST_DESCRIPTION].rpartition("\n")[0] + "\n…"
        return {"name": name, "type": found.type, "signatures": signatures, "text": text}

    def signature(self, text: str, line: int, column: int, path: str | None) -> Answer:
        """Return the call around the cursor and the index of its current parameter, or None."""
        script = jedi.Script(text, path=path, environment=self._environment)
        found = script.get_signatures(line, column)
        if not found:
            return {}
        best = next((one for one in found if one.index is not None), found[0])
        return {
            "name": best.name,
            "parameters": [parameter.to_string() for parameter in best.params],
            "index": best.index,
            "more": len(found) - 1,
        }
