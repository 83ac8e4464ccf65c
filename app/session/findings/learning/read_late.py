"""Gradients that the program looks at when they are gone."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator

from app.contract.records import Fact, Finding, Fix, Gradient
from app.session.findings.case import Case, finding
from app.session.language import tr


def cleared_grad_read(case: Case) -> Iterator[Finding]:
    """Find a `.grad` that is read only while it is None, after it was cleared."""
    reads: dict[int, list[Fact]] = defaultdict(list)
    for fact in case.trace.facts:
        asserted = isinstance(case.source.statement(fact.spot), ast.Assert)  # that it is None
        if fact.kind == "grad_read" and not asserted:
            reads[case.identity(fact.tensor)].append(fact)
    groups: dict[tuple[int | None, int | None], list[Gradient]] = defaultdict(list)
    for identity, facts in reads.items():
        cleared = [case.last_written(identity, fact.event) for fact in facts]
        late = [
            (fact.spot, last.line)
            for fact, last in zip(facts, cleared, strict=True)
            if last is not None and last.kind == "cleared"
            and case.last_accumulated(identity, last.event) is not None
        ]  # fmt: skip
        is_none = all(last is None or last.kind == "cleared" for last in cleared)
        if late and is_none and identity in case.rows:
            groups[late[0]].append(case.rows[identity])
    for (read, line), rows in groups.items():
        title = tr("A gradient was read after it had been cleared")
        text = tr(
            "Line {read} reads the .grad of {names} when it is None again: a backward pass had "
            "filled it, and line {line} had cleared it."
        ).format(read=read, names=case.owners(rows), line=line)
        fix = Fix(tr("Read it after `backward()` and before it is cleared."), [])
        yield finding("cleared_grad_read", "info", read, title, text, [],
                      [row.tensor for row in rows], fix)  # fmt: skip
