"""Patterns of names: `*` and `?` as in names of files; brackets are those of `layers[0]`."""

from __future__ import annotations

from fnmatch import fnmatchcase


def is_match(name: str, pattern: str) -> bool:
    """Return whether a whole name matches a pattern.

    >>> is_match("net.0.weight", "net.*"), is_match("layers[0]", "layers[0]")
    (True, True)
    """
    return fnmatchcase(name, pattern.replace("[", "[[]"))


def covers(pattern: str, name: str) -> bool:
    """Return whether a name, or that of a module around it, matches a pattern.

    >>> covers("net", "net.0.weight"), covers("net.0", "net.00"), covers("layers", "layers[0].bias")
    (True, False, True)
    """
    ends = [place for place, letter in enumerate(name) if letter in ".["]
    return any(is_match(name[:end], pattern) for end in (*ends, len(name)))
