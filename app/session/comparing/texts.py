"""The lines of two texts that differ, as a unified diff shows them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from app.contract.records import File, Trace
from app.session.comparing.sequences import between
from app.session.language import listing, ngettext, number, tr
from app.session.trace.files import file_names

Sign = Literal["−", "+", "~", "≠", "!", "…"]
"""A line of the first text only, of the second only, of both with another indentation, or one that
does something else in the other run, where a process raised an error, or waited to its end."""


class LineChange(NamedTuple):
    """A line that differs; its numbers count from 1.

    For a line of only the first text, `second` is the line of the second before which it was.
    """

    sign: Sign
    first: int | None
    second: int
    text: str
    words: str


def changed_lines(first: str, second: str) -> list[LineChange]:
    """Return the lines that differ, in their order."""
    texts = first.split("\n"), second.split("\n")
    return list(_changes(*texts))


class FileChanges(NamedTuple):
    """The lines that differ in an imported file of both runs; the file is that of the second."""

    file: File
    name: str
    lines: Sequence[LineChange]


def changed_files(first: Trace, second: Trace) -> Iterator[FileChanges]:
    """Yield the imported files of both runs that differ."""
    texts = {file.path: file.text for file in first.files[1:]}
    for file, name in zip(second.files[1:], file_names(second.files)[1:], strict=True):
        text = texts.get(file.path)
        if text is not None and file.text is not None and text != file.text:
            yield FileChanges(file, name, changed_lines(text, file.text))


def _changes(first: Sequence[str], second: Sequence[str]) -> Iterator[LineChange]:
    stripped = [[line.strip() for line in text] for text in (first, second)]
    for ours, theirs in between(*stripped):
        one, other = ours.stop, theirs.stop
        for place in ours:
            if stripped[0][place]:
                text = first[place]
                yield LineChange("−", place + 1, theirs.start + 1, text, tr("only in pinned"))
        for place in theirs:
            if stripped[1][place]:
                yield LineChange("+", None, place + 1, second[place], tr("only now"))
        if one < len(first) and first[one] != second[other] and stripped[0][one]:
            yield LineChange(
                "~", one + 1, other + 1, second[other], _indented(first[one], second[other])
            )


def _indented(first: str, second: str) -> str:
    before, after = (len(line) - len(line.lstrip()) for line in (first, second))
    return tr("was indented") if before > after else tr("is indented now")


def counted(changes: Sequence[LineChange]) -> str:
    """Say how many lines differ: "1 line removed, 2 lines indented"."""
    counts = Counter(change.sign for change in changes)
    words: tuple[tuple[Sign, str], ...] = (
        ("−", ngettext("{count} line removed", "{count} lines removed", counts["−"])),
        ("+", ngettext("{count} line added", "{count} lines added", counts["+"])),
        ("~", ngettext("{count} line indented", "{count} lines indented", counts["~"])),
    )
    parts = [text.format(count=number(counts[sign])) for sign, text in words if counts[sign]]
    return listing(parts) or tr("the same text")


def counted_in_files(first: Trace, second: Trace) -> str:
    """Say how many lines differ in the program, and in the files that it imports."""
    changes, files = changed_lines(first.snippet.text, second.snippet.text), []
    for changed in changed_files(first, second):
        text = tr("{file}: {changes}")
        files.append(text.format(file=changed.name, changes=counted(changed.lines)))
    return "; ".join([counted(changes), *files] if changes or not files else files)
