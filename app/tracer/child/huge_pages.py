"""Pages of 2 MiB for the memory of a process that forks often."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator

_COLLAPSE = 25  # MADV_COLLAPSE of <linux/mman.h>, since Linux 6.1
_PAGE = 2 << 20
_SETTING = "/sys/kernel/mm/transparent_hugepage/enabled"


def use_huge_pages() -> None:
    """Put what this process has in memory into pages of 2 MiB, where the system lets it.

    A fork copies an entry for each page, and its end takes them away.  For all of torch in pages of
    4 KiB that takes 16 ms, in each run again.
    """
    if sys.platform != "linux":
        return
    try:
        with open(_SETTING, encoding="ascii") as setting:
            if "[never]" in setting.read():
                return
        with open("/proc/self/maps", encoding="utf-8", errors="replace") as maps:
            own = list(_own(maps))
    except OSError:
        return
    advise = ctypes.CDLL(None).madvise
    advise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    for begin, end in own:
        for page in range(-(-begin // _PAGE) * _PAGE, end // _PAGE * _PAGE, _PAGE):
            advise(page, _PAGE, _COLLAPSE)  # a page that cannot be collapsed stays as it is


def _own(maps: Iterator[str]) -> Iterator[tuple[int, int]]:
    """Yield begin and end of the memory that belongs to no file: the heap and what is mapped."""
    for line in maps:
        addresses, access, _, _, _, *name = line.split(maxsplit=5)
        if access == "rw-p" and (not name or name == ["[heap]\n"]):
            begin, end = addresses.split("-")
            yield int(begin, 16), int(end, 16)
