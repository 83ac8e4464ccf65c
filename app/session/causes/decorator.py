"""A decorator of one of the snippet's functions."""

from __future__ import annotations

from app.contract.records import Cause, Edit, Operation
from app.session.causes.kind import Kind
from app.session.findings.edits import Source
from app.session.language import tr
from app.session.places import in_brackets
from app.session.source.code_marks import Style


class Decorator(Kind):
    is_own = True
    is_around = True

    def where(self, cause: Cause, style: Style) -> str:
        text = tr("under the decorator {region}")
        return text.format(region=in_brackets(style.code(cause.text), cause.spot))

    def advice(self, cause: Cause, code: str, style: Style) -> str | None:
        text = tr("Remove {region} on line {line}.")
        return text.format(region=style.code(cause.text), line=cause.spot)

    def edits(self, source: Source, cause: Cause, cut: Operation) -> list[Edit]:
        return [] if cause.spot is None else source.without_decorator(cause.spot)
