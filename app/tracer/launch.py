"""The script that starts the tracing process, run by its path with the user's interpreter.

The order matters.  Our folder leaves `sys.path` before anything is imported by name; the protocol
gets descriptors of its own before torch can print; torch comes from the user's environment before
any module of ours exists; and our own entries have left `sys.modules` before the user's code runs,
so that a user's package `app` is found.  Nothing of ours may be imported after that.
"""

from __future__ import annotations

import sys

if not getattr(sys.flags, "safe_path", False):  # Python 3.11 and newer have an option not to add it
    sys.path.pop(0)

import builtins
import importlib.util
import json
import os
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType

OLDEST_PYTHON = (3, 10)
OLDEST_TORCH = (2, 4)


def take_over_standard_streams() -> tuple[int, int]:
    """Return private descriptors for the requests and for the protocol.

    Descriptors 0 and 1 are free of both afterwards: what is printed goes to stderr, and programs
    that the snippet starts inherit neither.
    """
    requests, protocol = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return requests, protocol


def why_no_torch() -> str | None:
    """Import torch; return None, or the reason in words if that fails."""
    if sys.version_info < OLDEST_PYTHON:
        version = ".".join(map(str, sys.version_info[:2]))
        return f"this is Python {version}, and Python 3.10 or newer is needed"
    try:
        import torch

        version = str(torch.__version__)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_TORCH:
        return f"this is torch {version}, and torch 2.4 or newer is needed"
    return None


class OwnBuiltins(SourceFileLoader):
    """Gives each of our modules the present builtins.

    If the snippet replaces `isinstance` or `len`, that affects only its own code and libraries.
    """

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = ModuleType(spec.name)
        vars(module)["__builtins__"] = dict(vars(builtins))
        return module


class OwnFinder:
    """Finds the modules of our package while they are being loaded."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target) if name.startswith("app.") else None
        if spec is not None and spec.origin is not None and type(spec.loader) is SourceFileLoader:
            spec.loader = OwnBuiltins(spec.loader.name, spec.loader.path)
        return spec


def load_package() -> None:
    """Make `app` importable without changing `sys.path`."""
    sys.meta_path.insert(0, OwnFinder)
    folder = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    spec = importlib.util.spec_from_file_location(
        "app", os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    assert spec is not None
    assert spec.loader is not None
    sys.modules["app"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["app"])


def hide_package() -> None:
    """Make `import app` find the user's package from now on."""
    sys.meta_path.remove(OwnFinder)
    for name in [name for name in sys.modules if name == "app" or name.startswith("app.")]:
        del sys.modules[name]


def follow_spawned(folder: str, name: str) -> None:
    """Prepare a process that `multiprocessing` spawned, before it does anything else."""
    if why_no_torch() is not None:
        return
    load_package()
    from app.tracer.child.spawned import follow

    hide_package()
    follow(folder, name)


def main() -> None:
    requests, protocol = take_over_standard_streams()
    failure = why_no_torch()
    if failure is not None:
        # Written out, as this interpreter may be too old for `app.contract`.
        os.write(protocol, json.dumps([["no_torch", failure]]).encode() + b"\n")
        return
    load_package()
    if "--once" in sys.argv:
        from app.tracer.child.once import serve
    else:
        from app.tracer.child.server import serve
    hide_package()
    run = serve(requests, protocol)
    if run is not None:  # only in the process that is to run the snippet
        run()


if __name__ == "__main__":
    main()
