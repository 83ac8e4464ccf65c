"""What IPython and Python's prompt add to code: prompts, and lines that only IPython understands.

IPython's own input transformer finds both.  Lines keep their numbers: what is not Python becomes a
comment of the same line.  IPython takes long to import, so that happens only for a text that may
have such lines.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from typing import NamedTuple

from app.contract.records import Cell
from app.session.cells.marks import cells_of
from app.session.source.parsing import is_python, parsed

_MAY_HAVE_MAGICS = re.compile(r"^\s*[%!?]|\?\s*$|=\s*[%!]", re.MULTILINE)
_PROMPTS = (">>>", "In [")
_ALONE = re.compile(r"In \[[\d *]*\]:\s*$")
"""A prompt above its code, as on a web page."""
_OUT = re.compile(r"Out\[\d*\]:")
_PYTHON_BODY = re.compile(r"%%(time|timeit|capture|prun|python3?|debug)\b")
"""Magics of a cell whose body is Python that runs in the notebook itself."""
_HELP = re.compile(r"[\w.*%]+\?\??")
_COMMENTED = re.compile(r"\s*(?:pass  )?# (?:[\w., ]+ = )?(?:%%?[A-Za-z]|!|\?[A-Za-z])\S*")


class Plain(NamedTuple):
    text: str
    """The text as Python can run it, with the same lines."""
    prompts: int
    """How many prompts were taken off."""
    magics: int
    """How many lines became comments."""


def plain_python(text: str) -> Plain:
    """Take off prompts, and turn into comments what only IPython understands."""
    if is_python(text):
        return Plain(text, 0, 0)  # a prompt may be in a string
    lines = text.split("\n")
    made = without_prompts(lines)
    prompts = sum(a != b and a.endswith(b) for a, b in zip(lines, made, strict=True))
    plain = made.copy()
    if not is_python("\n".join(made)):
        for cell in cells_of("\n".join(made)) or [Cell(1, len(made), "code", 1)]:
            if cell.line <= cell.end_line:
                inner = "\n".join(made[cell.line - 1 : cell.end_line])
                plain[cell.line - 1 : cell.end_line] = without_magics(inner).split("\n")
    magics = sum(a != b for a, b in zip(made, plain, strict=True))
    return Plain("\n".join(plain), prompts, magics)


def is_magic(line: str) -> bool:
    """Return whether a line is a comment made of one for IPython.

    >>> is_magic("# %matplotlib inline"), is_magic("    pass  # !ls"), is_magic("# %% Train")
    (True, True, False)
    """
    return _COMMENTED.match(line) is not None


# ----------------------------------------------------------------------------------- prompts


def without_prompts(lines: list[str]) -> list[str]:
    """Take off the prompts of Python and IPython; what they printed becomes comments.

    >>> without_prompts([">>> x = 1", ">>> x", "1"]), without_prompts(["..."])
    (['x = 1', 'x', '# 1'], ['...'])
    >>> without_prompts([">>> x = 1", "# a remark", "y = 2"])
    ['x = 1', '# a remark', 'y = 2']
    """
    if not any(line.startswith(_PROMPTS) for line in lines):
        return lines
    from IPython.core.inputtransformer2 import classic_prompt, ipython_prompt

    is_classic = any(line.startswith(">>>") for line in lines)
    prompt = (classic_prompt if is_classic else ipython_prompt).prompt_re
    made, after_code = [], False
    for line in lines:
        if _ALONE.match(line):
            made.append("")
            after_code = False
        elif prompt.match(line):
            made.append(prompt.sub("", line, count=1))
            after_code = True
        else:
            after_code = bool(line.strip()) and (after_code or _OUT.match(line) is not None)
            made.append(f"# {line}" if after_code and _is_output(line) else line)
    return made


def _is_output(line: str) -> bool:
    """Return whether a line that follows code was printed: if it is Python, it does nothing."""
    code = line.strip()
    does_something = any(not isinstance(one, ast.Expr) for one in parsed(code).body[:1])
    is_code = does_something or code.startswith("#")
    return not is_code or _OUT.match(line) is not None


# ------------------------------------------------------------------------------------- magics


def without_magics(cell: str) -> str:
    """Turn lines for IPython into comments: `%`, `%%`, `!`, `?` and what is assigned from them.

    A `%%` magic whose cell is not Python, such as `%%bash`, comments the whole cell out.

    >>> without_magics("%matplotlib inline\\nx = 1")
    '# %matplotlib inline\\nx = 1'
    """
    if not _MAY_HAVE_MAGICS.search(cell):
        return cell
    lines = cell.split("\n")
    first = next((place for place, line in enumerate(lines) if line.strip()), 0)
    if lines[first].startswith("%%") and not lines[first].startswith("%% "):
        end = first + 1 if _PYTHON_BODY.match(lines[first]) else len(lines)
        _comment(lines, first, end)
    while not is_python("\n".join(lines)):
        found = _first_magic(lines)
        if found is None:
            break
        _comment(lines, *found)
    return "\n".join(lines)


def _first_magic(lines: Sequence[str]) -> tuple[int, int] | None:
    """Return the first line with what only IPython understands, and the line after it, from 0."""
    from IPython.core import inputtransformer2 as ipython

    with_ends = [f"{line}\n" for line in lines]
    tokens = ipython.make_tokens_by_line(with_ends)
    found = []
    for kind in (ipython.MagicAssign, ipython.SystemAssign, ipython.EscapedCommand):
        one = kind.find(tokens)
        if one is not None and with_ends[one.start_line][one.start_col] in "%!?":
            last = ipython.find_end_of_continued_line(with_ends, one.start_line)
            found.append((one.start_line, min(last + 1, len(lines))))
    one = ipython.HelpEnd.find(tokens)
    if one is not None and _HELP.fullmatch(lines[one.start_line].strip()):
        found.append((one.start_line, one.start_line + 1))
    return min(found, default=None)


def _comment(lines: list[str], first: int, end: int) -> None:
    """Make comments of lines; a block that they were in still has a statement."""
    for place in range(first, end):
        line = lines[place]
        inner = line.lstrip()
        indent = line[: len(line) - len(inner)]
        word = "pass  # " if indent and place == first else "# "
        lines[place] = f"{indent}{word}{inner}".rstrip() if inner else line
