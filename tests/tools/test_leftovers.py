"""The guard against leftovers sees what it is there to see."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget
from shiboken6 import Shiboken

from tests.tools import leftovers


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left over here stays until the test ends it: no sense in waiting for it."""
    monkeypatch.setattr(leftovers, "PATIENCE_S", 0.0)


def test_nothing_is_left_over_where_nothing_was_started() -> None:
    assert leftovers.since(leftovers.Snapshot.take()) == []


@pytest.mark.usefixtures("impatient")
def test_a_thread_is_named() -> None:
    before = leftovers.Snapshot.take()
    end = threading.Event()
    thread = threading.Thread(target=end.wait, name="stray")
    thread.start()
    assert leftovers.since(before) == ["thread 'stray'"]
    end.set()
    thread.join()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.usefixtures("impatient")
def test_a_child_and_a_child_of_a_child_are_named() -> None:
    before = leftovers.Snapshot.take()
    outer = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
    inner = "print(flush=True); import sys; sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", outer, inner], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()  # the inner one is up
        left = leftovers.since(before)
        assert len(left) == 2
        assert all("sys.stdin.read()" in one for one in left)
        child.communicate()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="adopts orphans through prctl")
@pytest.mark.usefixtures("impatient")
def test_an_orphan_is_found_and_one_that_ended_is_no_leftover() -> None:
    before = leftovers.Snapshot.take()
    leave = "import os, sys; os.fork() and os._exit(0); print(flush=True); sys.stdin.read()"
    child = subprocess.Popen(
        [sys.executable, "-c", leave], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    assert child.stdin is not None
    child.wait()
    child.stdout.readline()  # the orphan is up
    assert len(leftovers.since(before)) == 1
    child.stdin.close()
    child.stdout.read()
    child.stdout.close()


def test_an_item_of_a_layout_is_named(qapp: QApplication) -> None:
    """What `addLayout` makes of a layout that has something, and does not of an empty one."""
    holder = QWidget()
    rows, early, late = QVBoxLayout(holder), QVBoxLayout(), QVBoxLayout()
    rows.addLayout(early)
    early.addWidget(QLabel())
    assert leftovers.items_of_layouts() == []
    late.addWidget(QLabel())
    rows.addLayout(late)
    (known,) = leftovers.items_of_layouts()
    assert known.startswith("QWidgetItem at ")
    Shiboken.delete(holder)
    assert leftovers.items_of_layouts() == []
