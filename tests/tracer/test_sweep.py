"""Every operator that torch lists of itself is recorded as torch treats it (see `sweep`)."""

from __future__ import annotations

import faulthandler
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
EXCEPTIONS = Path(__file__).with_name("sweep_exceptions.json")
SHARDS = min(os.cpu_count() or 1, 8)
HANGS = 1200
"""Seconds for one process: calling all of torch takes minutes on a busy machine."""

Complaints = dict[str, list[str]]


@pytest.fixture(scope="module")
def complaints() -> Complaints:
    """What is wrong, by operator and module; each is called in one of several processes."""
    faulthandler.cancel_dump_traceback_later()  # pytest's stacks of this process would say nothing
    command = [sys.executable, "-m", "tests.tracer.sweep", "--shard"]
    running = [
        subprocess.Popen(
            [*command, f"{shard}/{SHARDS}"],
            cwd=ROOT,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for shard in range(SHARDS)
    ]
    found: Complaints = {}
    try:
        for process in running:
            out, err = process.communicate(timeout=HANGS)
            assert process.returncode == 0, err
            found.update(json.loads(out))
    finally:
        for process in running:
            process.kill()
    return found


@pytest.fixture(scope="module")
def exceptions() -> dict[str, str]:
    """What is known to be wrong, with the reason.  This list may only shrink."""
    listed: dict[str, Any] = json.loads(EXCEPTIONS.read_text(encoding="utf-8"))
    return listed


def test_what_is_recorded_is_what_torch_did(
    complaints: Complaints, exceptions: dict[str, str]
) -> None:
    wrong = {name: found for name, found in complaints.items() if found and name not in exceptions}
    assert not wrong, "\n".join(f"{name}: {found[0]}" for name, found in wrong.items())


def test_every_listed_exception_is_still_one(
    complaints: Complaints, exceptions: dict[str, str]
) -> None:
    mended = [name for name in exceptions if not complaints.get(name)]
    assert not mended, f"to be taken off {EXCEPTIONS.name}: {mended}"


def test_the_sweep_has_seen_all_of_torch(complaints: Complaints) -> None:
    assert len(complaints) > 600
    assert "module nn.Linear" in complaints
