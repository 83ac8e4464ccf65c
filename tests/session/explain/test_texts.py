"""Clauses in words, for every kind that there is."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from app.contract.records import Clause, ClauseKind, WhyCode
from app.session.explain.phrases import Phrases
from app.session.explain.texts import WORDS, advice, in_words, reason, whole
from app.session.run import Run
from app.session.trace.document import dump, load
from app.session.trace.json_text import TraceFormatError
from tests.session.explain.cases import CASES, Case
from tests.support import TraceText, gradients_of, snippet

TEXT = """
w = torch.ones(2, requires_grad=True)
h = w * 2
with torch.no_grad():
    loss = h.sum()
loss.requires_grad_()
loss.backward()
"""
HEADS = {kind for kind, words in WORDS.items() if "{reason}" in words}


def test_every_kind_has_words() -> None:
    assert set(WORDS) == set(get_args(ClauseKind))


@pytest.mark.parametrize("kind", get_args(ClauseKind))
def test_a_clause_without_particulars_can_still_be_read(trace: TraceText, kind: ClauseKind) -> None:
    """A document may come from anyone."""
    for marks in (True, False):
        said = in_words(Phrases(Run(trace(snippet(TEXT))), marks=marks), "w", [Clause(kind)])
        assert "{" not in said
        assert marks or "`" not in said


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_the_three_ways_of_saying_it_agree(trace: TraceText, case: Case) -> None:
    run = trace(snippet(case.text))
    plain, marked = (Phrases(Run(run), marks=marks) for marks in (False, True))
    for row in run.gradients:
        assert row.why.text == whole(plain, row)
        assert row.why.fix == advice(plain, row)
        assert row.why.text.endswith(reason(plain, row))
        assert whole(marked, row).replace("`", "") == row.why.text.replace("`", "")
        is_none = row.why.text.startswith(f"{row.name}.grad is None: ")
        assert is_none == (row.why.clauses[0].kind == "is_none")


def test_all_kinds_of_reasons_come_from_clauses(trace: TraceText) -> None:
    codes = {
        row.why.code
        for case in CASES.values()
        for row in trace(snippet(case.text)).gradients
        if row.why.clauses
    }
    assert codes >= set(get_args(WhyCode)) - {"none_returned", "unknown"}


def test_code_is_marked_where_it_stands_and_not_found_afterwards(trace: TraceText) -> None:
    run = trace(snippet(TEXT))
    row = gradients_of(run)["w"]
    say = Phrases(Run(run), marks=True)
    assert reason(say, row) == (
        "`w * 2` on line 4 was recorded, but its result reaches `loss` only through "
        "`h.sum()` on line 6, which ran under `torch.no_grad()` (line 5)."
    )
    assert advice(say, row) == "Move `h.sum()` out of the `torch.no_grad()` block on line 5."


def test_an_introduction_takes_in_what_follows(trace: TraceText) -> None:
    say = Phrases(Run(trace(snippet(TEXT))), marks=False)
    since = [Clause("not_since"), Clause("never_used")]
    assert in_words(say, "w", [Clause("is_none"), Clause("cleared", line=9), *since]) == (
        "w.grad is None: it was set to None on line 9. "
        "No backward pass since has reached it: no operation used w."
    )
    assert {"is_none", "not_since", "not_reached_either", "recorded"} == HEADS


def test_clauses_are_in_the_document_and_checked(trace: TraceText) -> None:
    run = trace(snippet(TEXT))
    read = load(dump(run)).trace
    assert gradients_of(read)["w"].why == gradients_of(run)["w"].why
    number = next(index for index, row in enumerate(read.gradients) if row.name == "w")
    read.gradients[number].why.clauses[1].operations[0] = 999
    path = rf"\$\.gradients\[{number}\]\.why\.clauses\[1\]\.operations\[0\]"
    with pytest.raises(TraceFormatError, match=path + ": there is no operation with id 999"):
        load(dump(read))


def test_a_document_without_clauses_has_its_text(trace: TraceText) -> None:
    run = trace(snippet(TEXT))
    added = rb',"clauses":\[.*?\],"advice":(null|\{.*?\}),"places":(\[\]|\[\[.*?\]\])\}'
    older = re.sub(added, b"}", dump(run))
    row = gradients_of(load(older).trace)["w"]
    assert (row.why.clauses, row.why.advice) == ([], None)
    say = Phrases(Run(run), marks=True)
    assert whole(say, row) == reason(say, row) == gradients_of(run)["w"].why.text
    assert advice(say, row) == gradients_of(run)["w"].why.fix
