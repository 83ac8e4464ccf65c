"""Runs texts as `python snippet.py` would, each in a process of its own, without the tracer.

    python -m tests.tracer.plain < TEXTS.json > RESULTS.json

torch is imported once, and forked from: a process for each text would spend a second on that.
"""

from __future__ import annotations

import importlib
import json
import linecache
import os
import subprocess
import sys
import tempfile
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import NoReturn

ROOT = Path(__file__).parents[2]
FILENAME = "<snippet>"


@dataclass
class Ended:
    code: int
    stdout: str
    stderr: str


def run_plainly(texts: list[str]) -> list[Ended]:
    """How each text ended, run with seed 0."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.tracer.plain"],
        input=json.dumps(texts),
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        check=True,
    )
    return [Ended(*each) for each in json.loads(done.stdout)]


def main() -> None:
    import torch

    texts: list[str] = json.load(sys.stdin)
    if any(name in text for text in texts for name in ("_dynamo", "torch.compile", "export")):
        importlib.import_module("torch._dynamo")  # it takes seconds, in each process again
    ended = []
    for text in texts:
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            child = os.fork()
            if not child:
                os.dup2(out.fileno(), 1)
                os.dup2(err.fileno(), 2)
                torch.manual_seed(0)
                _run(text)
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            written = []
            for file in (out, err):
                file.seek(0)
                written.append(file.read().decode())
            ended.append((code, *written))
    json.dump(ended, sys.stdout)


def _run(text: str) -> NoReturn:
    sys.argv = [""]
    module = ModuleType("__main__")
    sys.modules["__main__"] = module
    linecache.cache[FILENAME] = (len(text), None, text.splitlines(keepends=True), FILENAME)
    code = 0
    try:
        exec(compile(text, FILENAME, "exec", dont_inherit=True), vars(module))
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
