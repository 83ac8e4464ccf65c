"""A script: prints where the module is that `python -m NAME` would run; imports nothing of it.

It runs in the user's interpreter and in the working folder of the run.  The last line that it
prints is JSON: ["module", [full name, path]], or a problem and the name that it is about.
"""

from __future__ import annotations

import json
import os
import sys
from importlib.machinery import SourceFileLoader
from types import ModuleType

if not getattr(sys.flags, "safe_path", False):  # Python 3.11 and newer have an option not to add it
    sys.path[0] = os.getcwd()


def find(name: str) -> tuple[str, object]:
    """Return "module" with name and path, or what is wrong with the part of the name that is."""
    if not all(part.isidentifier() for part in name.split(".")):
        return "missing", name
    spec, folders, known = None, None, ""
    for part in name.split("."):
        if known and folders is None:
            return "no package", known
        package, known = known, f"{known}.{part}" if known else part
        finders = (finder.find_spec(known, folders) for finder in sys.meta_path)
        spec = next((spec for spec in finders if spec is not None), None)
        if spec is None:
            return ("no main", package) if part == "__main__" else ("missing", known)
        folders = spec.submodule_search_locations
        if folders is not None:
            stand_in = ModuleType(known)  # namespace packages look at the package around them
            stand_in.__path__ = folders
            sys.modules.setdefault(known, stand_in)
    if folders is not None:
        return find(f"{name}.__main__")
    if spec is None or not isinstance(spec.loader, SourceFileLoader):
        return "no source", known
    return "module", (known, spec.origin)


if __name__ == "__main__":
    print("\n" + json.dumps(find(sys.argv[1])))
