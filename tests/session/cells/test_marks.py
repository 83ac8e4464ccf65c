"""The cells of texts with `# %%` marks."""

from __future__ import annotations

from app.session.cells.marks import cell_at, cells_of, code_cells, heading_of

TEXT = """\
import torch

# %% [markdown]
#
# ## Why?
# A text.
# %% Train
x = 1

y = 2


#%%
# %%
s = '''
  # %% not a mark
'''"""


def test_a_cell_follows_each_mark_and_what_comes_before_the_first_is_one() -> None:
    found = [(cell.line, cell.end_line, cell.kind, cell.number) for cell in cells_of(TEXT)]
    assert found == [
        (1, 1, "code", 1),
        (4, 6, "markdown", None),
        (8, 10, "code", 2),
        (14, 13, "code", 3),
        (15, 17, "code", 4),
    ]
    assert code_cells(TEXT) == [1, 8, 14, 15]


def test_a_text_without_marks_has_no_cells() -> None:
    assert cells_of("x = 1\n# %%time\nprint('%%')") == []


def test_the_mark_belongs_to_its_cell() -> None:
    cells = cells_of(TEXT)
    assert [cell_at(cells, line) for line in (2, 7, 12, 13)] == [
        cells[0], cells[2], cells[2], cells[3],
    ]  # fmt: skip
    assert cell_at(cells_of("\n# %%\nx"), 1) is None


def test_the_heading_of_a_text_cell_is_its_first_line() -> None:
    assert heading_of(cells_of(TEXT)[1], TEXT.split("\n")) == "Why?"
