"""The page of two runs: what it says, in well-formed HTML, with nothing of a trace as markup."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.contract.records import Trace
from app.page.comparing import compared_page
from tests.gui.conftest import THREE_LAYERS
from tests.page.test_page import HOSTILE, Page
from tests.support import TraceText

RECORDED = THREE_LAYERS.replace("with torch.no_grad():\n    x2", "x2")


def _page(first: Trace, second: Trace) -> Page:
    return Page(compared_page(first, second).decode())


def _named(trace: Trace, path: str) -> Trace:
    return replace(trace, snippet=replace(trace.snippet, path=path))


def test_it_has_both_graphs_and_both_values_of_what_differs(trace: TraceText) -> None:
    first, second = _named(trace(THREE_LAYERS), "a.py"), _named(trace(RECORDED), "b.py")
    page = _page(first, second)
    text = " ".join(page.texts)
    assert not page.open
    assert not page.stray
    assert "a.py beside b.py" in text
    assert text.count("linear") >= 6
    assert "on line 9 is recorded here and skipped in" in text
    assert "cut by no_grad, line 9" in text
    assert "reached on line 12" in text
    assert "2 leaves are equal to the last bit." in text
    assert "3 of 4" in text
    assert "with torch.no_grad():" in text
    assert page.texts.count("≠") >= 4
    assert page.texts.count("=") >= 3


def test_two_equal_runs_differ_in_nothing(trace: TraceText) -> None:
    one = trace(THREE_LAYERS)
    text = " ".join(_page(one, one).texts)
    assert "Both runs recorded the same and every .grad is equal." in text
    assert "Both runs have the same text." in text


def test_it_says_how_many_leaves_and_lines_it_leaves_out(
    trace: TraceText, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.page.tables.MOST_ROWS", 2)
    monkeypatch.setattr("app.page.comparing._MOST_LINES", 1)
    text = " ".join(_page(trace(THREE_LAYERS), trace(RECORDED)).texts)
    more = "more are not on this page, to keep it small; the trace has them."
    assert f"3 {more}" in text
    assert f"1 {more}" in text


@pytest.mark.parametrize("text", [HOSTILE, "", "x = 1 +", "import torch\nraise SystemExit"])
def test_any_run_can_be_one_of_the_two(trace: TraceText, text: str) -> None:
    """A program that is not one, that fails, or that calls nothing; and names that are markup."""
    for pair in ((trace(THREE_LAYERS), trace(text)), (trace(text), trace(THREE_LAYERS))):
        page = _page(*pair)
        assert not page.open
        assert not page.stray
        assert "script" not in page.tags[page.tags.index("body") : -1]
        assert not {name for name, _ in page.attributes if name.startswith("on")}


def test_it_says_nothing_of_the_machine(trace: TraceText) -> None:
    one = _named(trace(THREE_LAYERS), "/home/someone/secret/a.py")
    one = replace(one, run=replace(one.run, host="machine"))
    text = compared_page(one, one).decode()
    assert "someone" not in text
    assert "machine" not in text
