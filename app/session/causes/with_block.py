"""A `with` block of the snippet."""

from __future__ import annotations

from app.contract.records import Cause, Edit, Operation
from app.session.causes.kind import Kind
from app.session.findings.edits import Source
from app.session.language import tr
from app.session.source.code_marks import Style


class WithBlock(Kind):
    is_own = True
    is_around = True

    def advice(self, cause: Cause, code: str, style: Style) -> str | None:
        text = tr("Move {code} out of the {region} block on line {line}.")
        return text.format(code=code, region=style.code(cause.text), line=cause.spot)

    def edits(self, source: Source, cause: Cause, cut: Operation) -> list[Edit]:
        return [] if cause.spot is None else source.without_block(cause.spot)
