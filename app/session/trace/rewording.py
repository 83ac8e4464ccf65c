"""What a document says in the language of who traced, in that of who reads it."""

from __future__ import annotations

from dataclasses import replace

from app.contract.records import Finding
from app.session.explain.phrases import Phrases
from app.session.explain.texts import advice, whole
from app.session.findings.registry import findings
from app.session.language import code
from app.session.run import Run
from app.session.training.evidence import Evidence
from app.session.training.verdict import training


def reword(run: Run) -> None:
    """Put reasons, verdict and findings into words again.

    A fix keeps its edits; that it was tried is not said again.
    """
    trace = run.trace
    plain = Phrases(run, marks=False)
    for row in trace.gradients:
        row.why.text, row.why.fix = whole(plain, row), advice(plain, row)
    evidence = Evidence(run)
    if trace.training is not None:
        trace.training = training(evidence)
    again = {_what(one): one for one in findings(evidence)}
    trace.findings = [_said(one, again.get(_what(one))) for one in trace.findings]
    trace.run.language = code()


def _what(finding: Finding) -> tuple[object, ...]:
    return finding.code, finding.spot, *finding.operations


def _said(finding: Finding, again: Finding | None) -> Finding:
    """Return a finding of a document in the words of the same one made now."""
    if again is None:
        return finding
    fix = finding.fix
    if fix is not None and again.fix is not None:
        fix = replace(fix, description=again.fix.description)
    return replace(finding, title=again.title, text=again.text, fix=fix)
