"""Pages of 2 MiB: the memory is the same in them."""

from __future__ import annotations

import mmap
import os
import platform
import re
import sys
from pathlib import Path

import pytest

from app.tracer.child.huge_pages import use_huge_pages

SETTING = Path("/sys/kernel/mm/transparent_hugepage/enabled")
SIZE = 8 << 20


def _are_there() -> bool:
    if sys.platform != "linux" or platform.machine() != "x86_64" or not SETTING.exists():
        return False
    version = tuple(map(int, re.findall(r"\d+", platform.release())[:2]))
    return version >= (6, 1) and "[never]" not in SETTING.read_text()


def _huge_bytes() -> int:
    found = re.search(r"AnonHugePages: *(\d+) kB", Path("/proc/self/smaps_rollup").read_text())
    assert found is not None
    return int(found[1]) << 10


@pytest.mark.skipif(not _are_there(), reason="no pages of 2 MiB, or Linux before 6.1")
def test_the_memory_of_a_process_goes_into_huge_pages_as_it_is() -> None:
    content = os.urandom(4096) * (SIZE // 4096)
    memory = mmap.mmap(-1, SIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory.write(content)
    before = _huge_bytes()
    use_huge_pages()
    assert _huge_bytes() - before >= SIZE - (2 << 20)
    assert memory[:] == content
    memory.close()
