"""Finds calls with effects outside the program, by their names.

Live and trial runs use it to avoid what the user would want to be asked about.
"""

from __future__ import annotations

import ast
from typing import NamedTuple

from app.session.source.parsing import parsed

_MODULES = {
    "subprocess", "shutil", "socket", "requests", "urllib", "smtplib", "ftplib", "ctypes",
    "multiprocessing", "sqlite3", "shelve", "dbm", "httpx", "aiohttp", "wandb", "mlflow",
}  # fmt: skip
"""Modules whose every call counts."""
_NAMES = {
    "input", "breakpoint", "exec", "torch.save", "torch.jit.save", "torch.onnx.export",
    "os.remove", "os.unlink", "os.rename", "os.replace", "os.rmdir", "os.removedirs", "os.mkdir",
    "os.makedirs", "os.system", "os.popen", "os.kill", "os.truncate", "os.symlink", "os.link",
    "os.chmod", "os.startfile", "numpy.save", "numpy.savez", "np.save", "np.savez",
    "torch.hub.load", "torch.hub.download_url_to_file", "numpy.savetxt", "np.savetxt",
    "numpy.savez_compressed", "np.savez_compressed", "os.fork", "os.posix_spawn",
    "torch.multiprocessing.spawn", "torch.multiprocessing.Process", "mp.spawn", "mp.Process",
    "logging.FileHandler", "torch.utils.tensorboard.SummaryWriter", "SummaryWriter",
    "sys.stdin.read", "sys.stdin.readline", "sys.stdin.readlines", "fileinput.input",
}  # fmt: skip
_METHODS = {
    "write_text", "write_bytes", "unlink", "rmdir", "mkdir", "touch", "rename", "to_csv",
    "to_pickle", "save_pretrained", "push_to_hub", "savefig", "urlopen", "urlretrieve",
}  # fmt: skip
"""Methods that count on any object."""
_WRITING = set("wax+")


class Effect(NamedTuple):
    line: int
    call: str


def first_effect(text: str) -> Effect | None:
    """Return the first call that writes files, starts programs, uses a network, or reads input."""
    tree = parsed(text)
    imported = _imported(tree)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        written = _dotted(call.func)
        name = _resolved(written, imported)
        if _has_effect(call, name):
            return Effect(call.lineno, written.rpartition("?.")[2])
    return None


def _has_effect(call: ast.Call, name: str) -> bool:
    if name in ("open", "io.open") or name.endswith(".open"):
        modes = [value.value for value in (*call.args, *(word.value for word in call.keywords))
                 if isinstance(value, ast.Constant) and isinstance(value.value, str)]  # fmt: skip
        return any(len(mode) <= 3 and _WRITING & set(mode) for mode in modes)
    first, last = name.partition(".")[0], name.rpartition(".")[2]
    return name in _NAMES or first in _MODULES or ("." in name and last in _METHODS)


def _imported(tree: ast.AST) -> dict[str, str]:
    """Return the full names of imported names: `from os import remove` gives os.remove."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.asname: alias.name for alias in node.names if alias.asname}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {
                alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names
            }
    return found


def _resolved(name: str, imported: dict[str, str]) -> str:
    first, dot, rest = name.partition(".")
    return imported.get(first, first) + dot + rest


def _dotted(node: ast.expr) -> str:
    """Return `a.b.c`; a part that is not a name, such as a call, becomes "?"."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return "?"
