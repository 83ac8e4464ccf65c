"""Weights that a module computes from other parameters: parametrized, normalised, pruned ones.

`linear.weight` is then the result of an operation, made at each access or before each call, and the
leaves are called `linear.parametrizations.weight.original`, `linear.weight_orig` or the like.
"""

from __future__ import annotations

from app.session.run import Run

_SUFFIXES = ("_orig", "_g", "_v")
"""The suffixes of parameters that `torch.nn.utils.prune` and the older `weight_norm` make."""


def originals(run: Run, name: str) -> list[str]:
    """Return the names of the parameters from which the tensor `name` is computed, if any."""
    owner, dot, attribute = name.rpartition(".")
    if not dot:
        return []
    parametrized = f"{owner}.parametrizations.{attribute}.original"
    others = {f"{owner}.{attribute}{suffix}" for suffix in _SUFFIXES}
    parameters = run.tensor_columns.like(lambda form: form.kind == "parameter")
    known = dict.fromkeys(run.names[t.identity] for t in parameters if t.name is not None)
    return [one for one in known if one.startswith(parametrized) or one in others]
