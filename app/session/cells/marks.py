"""The cells of a text: a line `# %%` begins one, as in Spyder, VS Code and Jupytext."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import PurePath

from app.contract.records import Cell

CODE_MARK = "# %%"
MARKDOWN_MARK = "# %% [markdown]"
_MARK = re.compile(r"^# ?%%(?:[ \t].*)?$", re.MULTILINE)
_IS_TEXT = re.compile(r"\[(markdown|md|raw)\]")
_HEADING = re.compile(r"#+\s+")


def is_notebook(path: str | PurePath) -> bool:
    """Return whether a file is a notebook, by its name."""
    return PurePath(path).suffix.lower() == ".ipynb"


def is_mark(line: str) -> bool:
    """Return whether a line begins a cell.

    >>> is_mark("# %%"), is_mark("#%% Train"), is_mark("# %%time"), is_mark("# %% [markdown]")
    (True, True, False, True)
    """
    return _MARK.match(line) is not None


def cells_of(text: str) -> list[Cell]:
    """Return the cells of a text; none if it has no marks.

    A cell's lines (1-based) follow its mark.  The blank lines at its end are not part of it, so
    the `end_line` of an empty cell is the line of its mark.

    >>> [(c.line, c.end_line, c.kind, c.number) for c in cells_of("# %% [md]\\n# Hi\\n\\n# %%\\nx")]
    [(2, 2, 'markdown', None), (5, 5, 'code', 1)]
    """
    if "%%" not in text or not _MARK.search(text):
        return []
    lines = text.split("\n")
    marks = [number for number, line in enumerate(lines, 1) if is_mark(line)]
    if any(line.strip() for line in lines[: marks[0] - 1]):
        marks.insert(0, 0)  # what comes before the first mark is a cell of its own
    cells: list[Cell] = []
    number = 0
    for mark, after in zip(marks, [*marks[1:], len(lines) + 1], strict=True):
        end = after - 1
        while end > mark and not lines[end - 1].strip():
            end -= 1
        is_text = mark > 0 and _IS_TEXT.search(lines[mark - 1]) is not None
        number += not is_text
        cells.append(
            Cell(mark + 1, end, "markdown", None)
            if is_text
            else Cell(mark + 1, end, "code", number)
        )
    return cells


def code_cells(text: str) -> list[int]:
    """Return the first lines of the cells of code."""
    return [cell.line for cell in cells_of(text) if cell.kind == "code"]


def cell_at(cells: Sequence[Cell], line: int) -> Cell | None:
    """Return the cell with a line; that of its mark and blank lines at its end count too."""
    place = bisect_right(cells, line, key=lambda cell: cell.line - 1) - 1
    return cells[place] if place >= 0 else None


def title_of(mark: str) -> str:
    """Return what a mark says of its cell.

    >>> title_of("# %% Train"), title_of("# %% [markdown]")
    ('Train', '')
    """
    return _IS_TEXT.sub("", mark.partition("%%")[2]).strip()


def heading_of(cell: Cell, lines: Sequence[str]) -> str:
    """Return the first line of a text cell without the marks of comment and heading."""
    inner = (line.removeprefix("#").strip() for line in lines[cell.line - 1 : cell.end_line])
    return _HEADING.sub("", next((line for line in inner if line), ""), count=1)
