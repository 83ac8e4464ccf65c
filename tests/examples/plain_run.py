"""Runs snippets without tracing them and says what torch left in every `.grad`.

    python plain_run.py FILE...      one JSON object on stdout, by file name

It knows nothing of the program: what it prints is what tracing has to agree with.
"""

from __future__ import annotations

import contextlib
import io
import json
import runpy
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn


def named_tensors(variables: dict[str, Any]) -> Iterator[tuple[str, Tensor]]:
    """Global tensors, and the parameters of global modules by their path."""
    for name, value in variables.items():
        if isinstance(value, Tensor):
            yield name, value
        elif isinstance(value, nn.Module):
            for path, parameter in value.named_parameters():
                yield f"{name}.{path}", parameter


def describe(tensor: Tensor) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # reading a non-leaf's .grad
        grad = tensor.grad
    return {
        "names": [],
        "parameter": isinstance(tensor, nn.Parameter),
        "leaf": tensor.is_leaf,
        "requires_grad": tensor.requires_grad,
        "shape": None if grad is None else list(grad.shape),
        "norm": None if grad is None else grad.double().norm().item(),
        "values": None if grad is None or grad.numel() > 64 else grad.tolist(),
    }


def run(path: str) -> dict[str, Any]:
    torch.manual_seed(0)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        variables = runpy.run_path(path, run_name="__main__")
    tensors: dict[int, dict[str, Any]] = {}
    for name, tensor in named_tensors(variables):
        tensors.setdefault(id(tensor), describe(tensor))["names"].append(name)
    return {"stdout": printed.getvalue(), "tensors": list(tensors.values())}


if __name__ == "__main__":
    json.dump({Path(path).name: run(path) for path in sys.argv[1:]}, sys.stdout)
