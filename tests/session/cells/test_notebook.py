"""Notebooks become texts with cells and notebooks again; nothing that was not edited changes."""

from __future__ import annotations

import json
from typing import Any

import nbformat
import pytest
from nbformat import v4

from app.session.cells.notebook import NotebookError, empty, read

CODE = "%matplotlib inline\n!pip install -q torch\nimport torch\nx = torch.ones(2)"


def notebook(*cells: Any, **metadata: Any) -> bytes:
    node = v4.new_notebook(cells=list(cells), metadata=metadata)
    return f"{nbformat.writes(node)}\n".encode()


FILE = notebook(
    v4.new_markdown_cell("# Why is `.grad` None?\n\nA text."),
    v4.new_code_cell(
        CODE,
        execution_count=7,
        metadata={"tags": ["setup"]},
        outputs=[v4.new_output("stream", text="Collecting torch\n")],
    ),
    v4.new_raw_cell("\\newpage"),
    v4.new_code_cell(""),
    v4.new_code_cell("%%bash\nls\n\necho $HOME"),
    kernelspec={"name": "python3", "display_name": "Python 3", "language": "python"},
)
SHOWN = """\
# %% [markdown]
# # Why is `.grad` None?
#
# A text.
# %%
# %matplotlib inline
# !pip install -q torch
import torch
x = torch.ones(2)
# %% [raw]
# \\newpage
# %%
# %%
# %%bash
# ls

# echo $HOME
"""


def test_a_notebook_is_a_text_with_cells() -> None:
    assert read(FILE, "a.ipynb").text == SHOWN


def test_what_was_not_edited_is_written_as_it_was() -> None:
    assert read(FILE, "a.ipynb").with_text(SHOWN).dump() == FILE


def test_an_edited_cell_keeps_outputs_metadata_id_and_its_magics() -> None:
    edited = SHOWN.replace("import torch\n", "import torch\n# a comment\n")
    before, after = json.loads(FILE), json.loads(read(FILE, "a.ipynb").with_text(edited).dump())
    before["cells"][1]["source"].insert(3, "# a comment\n")
    assert after == before


def test_cells_come_and_go_and_the_others_stay_themselves() -> None:
    without = SHOWN.replace("# %% [raw]\n# \\newpage\n", "")
    more = without + "\n# %% [markdown]\n# The end\n\n# %%\ny = 2\n"
    before, after = (
        json.loads(FILE)["cells"],
        json.loads(read(FILE, "a").with_text(more).dump())["cells"],
    )
    del before[2]
    assert after[:4] == before
    assert [(cell["cell_type"], cell["source"]) for cell in after[4:]] == [
        ("markdown", ["The end"]),
        ("code", ["y = 2"]),
    ]


def test_a_plain_text_becomes_a_notebook() -> None:
    node = json.loads(empty().with_text("x = 1\n# %%\ny = 2").dump())
    assert [cell["source"] for cell in node["cells"]] == [["x = 1"], ["y = 2"]]


def test_a_notebook_of_an_older_format_is_converted() -> None:
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": [
        {"cell_type": "code", "language": "python", "input": ["x = 1"], "outputs": []},
    ]}]}  # fmt: skip
    assert read(json.dumps(old).encode(), "old.ipynb").text == "# %%\nx = 1\n"


def of_cell(kind: str, source: object) -> bytes:
    cell = {"cell_type": kind, "source": source, "metadata": {"id": 1}, "outputs": []}
    parts = {"nbformat": 4, "nbformat_minor": 4, "cells": [cell], "metadata": {}}
    return json.dumps(parts).encode()


NEWER = {"nbformat": 5, "nbformat_minor": 0, "metadata": {}, "cells": []}
JULIA = {"kernelspec": {"language": "julia", "name": "julia-1.9", "display_name": "Julia"}}
UNREADABLE = {
    "broken JSON": (b'{"cells": [', "n.ipynb is not a notebook: it is not JSON."),
    "not text": (b"\xff\xfe\x00", "n.ipynb is not a notebook: it is not JSON."),
    "another format": (
        json.dumps(NEWER).encode(),
        "is a notebook of format 5. Save it as format 4.",
    ),
    "not a notebook": (
        b"[1, 2]",
        "n.ipynb cannot be read as a notebook: its JSON does not",
    ),
    "no format": (
        notebook().replace(b'"nbformat"', b'"format"'),
        "n.ipynb cannot be read as a notebook: its JSON does not",
    ),
    "no cells": (b'{"nbformat": 4}', "is missing an expected key: cells. Save it again in Jupyter"),
    "a cell of no kind": (of_cell("picture", "x"), "its JSON does not have the parts"),
    "a number for a text": (of_cell("code", 5), "its JSON does not have the parts"),
    "a number for the kernel": (
        of_cell("code", "x").replace(b'"metadata": {}}', b'"metadata": {"kernelspec": 5}}'),
        "its JSON does not have the parts",
    ),
    "no end of brackets": (b'{"cells": ' + b"[" * 100_000, "its JSON is nested too deeply. Save"),
    "another language": (notebook(**JULIA), "n.ipynb is a notebook in julia."),
}


@pytest.mark.parametrize(("data", "said"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_not_a_notebook_is_told_in_a_sentence(data: bytes, said: str) -> None:
    with pytest.raises(NotebookError) as caught:
        read(data, "n.ipynb")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
