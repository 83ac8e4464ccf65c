"""Notebooks as texts with cells, and back: outputs, metadata and ids of cells are kept."""

from __future__ import annotations

import copy
import json
import re
import warnings
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, NamedTuple

from app.session.cells.marks import CODE_MARK, MARKDOWN_MARK, cells_of
from app.session.language import tr
from app.session.repairs.ipython import without_magics

if TYPE_CHECKING:
    from nbformat import NotebookNode

_VERSION = 4
_RAW_MARK = "# %% [raw]"
_MARKS = {"code": CODE_MARK, "markdown": MARKDOWN_MARK, "raw": _RAW_MARK}


class NotebookError(Exception):
    """The file is not a notebook that can be read; the message is a sentence for the user."""


class _Source(NamedTuple):
    """A cell of a text: its kind in a notebook and its lines as they are in the text."""

    kind: str
    text: str


class Notebook:
    """A notebook as it was read.  `text` has its cells after `# %%` marks.

    In it, text cells are comments, and so are lines for IPython (`app.session.repairs.ipython`).
    """

    def __init__(self, node: NotebookNode) -> None:
        self._node = node
        self._sources = [_Source(cell.cell_type, _shown(cell)) for cell in node.cells]
        self.text = "\n".join(
            "\n".join([_MARKS[kind], text] if text else [_MARKS[kind]])
            for kind, text in self._sources
        )
        self.text += "\n" if self._sources else ""

    def with_text(self, text: str) -> Notebook:
        """Return this notebook with the cells of `text`; those that did not change stay as read."""
        node = copy.copy(self._node)
        node.cells = list(self._merged(list(_sources_of(text))))
        return Notebook(node)

    def dump(self) -> bytes:
        """Return the content of its file."""
        import nbformat

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what nbformat would rather have in an old notebook
            return f"{nbformat.writes(self._node, version=_VERSION)}\n".encode()

    def _merged(self, sources: Sequence[_Source]) -> Iterator[Any]:
        """Yield the cells: equal ones as they were, others in the places of those they replace."""
        before = self._node.cells
        matcher = SequenceMatcher(None, self._sources, sources, autojunk=False)
        for tag, old, old_end, new, new_end in matcher.get_opcodes():
            if tag == "equal":
                yield from before[old:old_end]
                continue
            for offset, source in enumerate(sources[new:new_end]):
                place = old + offset
                same = place < old_end and before[place].cell_type == source.kind
                yield _changed(before[place], source) if same else self._new(source)

    def _new(self, source: _Source) -> Any:
        from nbformat import v4

        make = {"code": v4.new_code_cell, "markdown": v4.new_markdown_cell, "raw": v4.new_raw_cell}
        cell = make[source.kind](_written(source))
        if self._node.nbformat_minor < 5:
            del cell["id"]  # ids came with version 4.5
        return cell


def read(data: bytes, name: str) -> Notebook:
    """Return the notebook in the content of a file.  Raises NotebookError, which has the name."""
    import nbformat
    from nbformat.reader import NotJSONError

    version = 0
    try:
        text = data.decode("utf-8-sig")
        version = _format_of(json.loads(text))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is mended in reading: missing ids
            if not version:
                raise KeyError("nbformat")  # nbformat takes it for its first format, without code
            node = nbformat.reads(text, as_version=_VERSION)
        if not all(isinstance(cell.source, str) for cell in node.cells):
            raise TypeError
        notebook, language = Notebook(node), _language(node)
    except (UnicodeDecodeError, json.JSONDecodeError, NotJSONError):
        raise NotebookError(
            tr("{name} is not a notebook: it is not JSON. Export it again from Jupyter.").format(
                name=name
            )
        ) from None
    except Exception as error:
        problem = tr("{name} cannot be read as a notebook: {error}. Save it again in Jupyter.")
        if version > _VERSION:
            problem = tr("{name} is a notebook of format {version}. Save it as format {newest}.")
            problem = problem.format(name=name, version=version, newest=_VERSION)
            raise NotebookError(problem) from None
        if isinstance(error, (AttributeError, KeyError, TypeError)):  # where nbformat stumbled
            reason = tr("its JSON does not have the parts of a notebook")
        elif isinstance(error, RecursionError):
            reason = tr("its JSON is nested too deeply")
        else:
            reason = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
        raise NotebookError(problem.format(name=name, error=reason)) from None
    if language != "python":
        problem = tr("{name} is a notebook in {language}. Tapescope runs Python only.")
        raise NotebookError(problem.format(name=name, language=language))
    return notebook


def _format_of(document: object) -> int:
    """Return the version of the notebook's format that its JSON states, or 0."""
    version = document.get("nbformat") if isinstance(document, dict) else None
    return version if isinstance(version, int) else 0


def empty() -> Notebook:
    """Return a notebook without cells."""
    from nbformat import v4

    return Notebook(v4.new_notebook())


def _language(node: NotebookNode) -> str:
    info, kernel = (node.metadata.get(key) or {} for key in ("language_info", "kernelspec"))
    name = info.get("name") or kernel.get("language")
    return "python" if not name or re.match(r"i?python", str(name), re.I) else str(name)


def _shown(cell: Any) -> str:
    """Return the lines of a cell as they are in the text."""
    source = str(cell.source).rstrip("\n")
    if cell.cell_type == "code":
        return without_magics(source)
    return "\n".join(f"# {line}".rstrip() for line in source.split("\n"))


def _written(source: _Source) -> str:
    """Return the source of a notebook's cell from its lines in the text."""
    if source.kind == "code":
        return source.text
    lines = source.text.split("\n")
    return "\n".join(line.removeprefix("#").removeprefix(" ") for line in lines)


def _changed(cell: Any, source: _Source) -> Any:
    """Return a cell with another text; lines for IPython that are still there are as before."""
    changed = copy.copy(cell)
    changed.source = _written(source)
    if source.kind == "code":
        before = str(cell.source).rstrip("\n").split("\n")
        shown = _shown(cell).split("\n")
        magics = {new: old for old, new in zip(before, shown, strict=True) if new != old}
        lines = source.text.split("\n")
        changed.source = "\n".join(magics.get(line, line) for line in lines)
    return changed


def _sources_of(text: str) -> Iterator[_Source]:
    lines = text.split("\n")
    cells = cells_of(text)
    if not cells and text.strip():
        yield _Source("code", text.strip("\n"))
    for cell in cells:
        mark = lines[cell.line - 2] if cell.line > 1 else ""
        kind = "raw" if "[raw]" in mark else cell.kind
        yield _Source(kind, "\n".join(lines[cell.line - 1 : cell.end_line]))
