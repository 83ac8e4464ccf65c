"""Traces of a distributed program, made as a user would: by torchrun, with gloo."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple, Protocol

FOLDER = Path(__file__).parents[1] / "programs" / "distributed"
ROOT = FOLDER.parents[2]


class Ranks(NamedTuple):
    """What torchrun returned and printed, and the traces, by rank."""

    code: int
    said: str
    paths: list[Path]


class TraceRanks(Protocol):
    """The fixture `ranks`: the traces of `programs/distributed` run with these arguments.

    The same arguments are traced once in a test session: do not change the files.
    """

    def __call__(self, *arguments: str) -> Ranks: ...


def trace_ranks(out: Path, *arguments: str) -> Ranks:
    """Trace the program as two ranks, each into a file in the folder `out`."""
    launcher = ["torch.distributed.run", "--standalone", "--no-python", "--nproc-per-node", "2"]
    command = [sys.executable, "-m", "app", "trace", "train.py", "-o", str(out / "run.json.gz")]
    done = subprocess.run(
        [sys.executable, "-m", *launcher, *command, "--", *arguments],
        cwd=FOLDER,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    paths = [out / f"run.rank{rank}.json.gz" for rank in range(2)]
    assert sorted(out.iterdir()) == paths, done.stdout
    return Ranks(done.returncode, done.stdout, paths)
