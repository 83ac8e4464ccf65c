"""The hooks of autograd nodes, and the recorder's notes on a node, where no program looks."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from app.tracer.patches import Patches
from app.tracer.private import HOOKS_REGISTERED

Hooks = OrderedDict[int, Any]
"""Hooks by torch's keys, which count up from 0."""


def install_question(patches: Patches) -> None:
    patches.wrap(HOOKS_REGISTERED, lambda register: staticmethod(_answering(register)))


def hooks_of(register: Callable[[Any], Any]) -> Hooks:
    """Return the hooks to which a node's `register_hook` or `register_prehook` adds.

    They are torch's own, and a hook put there needs no handle, which takes longer than the hook.
    Torch frees them with the node.  They are of no use where torch lacks `HOOKS_REGISTERED`.
    """
    hooks = register(_question) if HOOKS_REGISTERED else None
    return hooks if type(hooks) is OrderedDict else OrderedDict()


def notes_on(node: Any) -> dict[str, Any]:
    """Return what the recorder notes about a node: attributes of the hooks that run before it.

    The node's `metadata` would show them to the program; a hook would be called in every pass.
    Who has the hooks has the notes: `vars(hooks)`.
    """
    return vars(hooks_of(node.register_prehook))


def _question(*_: Any) -> None:
    """Take the place of a hook to get at the others.

    Called, it does nothing: the recording was over when it was registered.
    """


def _answering(register: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def register_hook(hooks: Hooks | None, hook: Any) -> Any:
        if hook is not _question:
            return register(hooks, hook)
        if hooks is None:
            hooks = OrderedDict()
        return hooks, hooks  # the second is what torch returns as the handle

    return register_hook
