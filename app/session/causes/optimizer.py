"""The inside of `Optimizer.step`."""

from __future__ import annotations

from app.contract.records import Cause
from app.session.causes.kind import Kind
from app.session.language import tr
from app.session.places import in_brackets
from app.session.source.code_marks import Style


class InOptimizer(Kind):
    def where(self, cause: Cause, style: Style) -> str:
        return tr("inside {region}").format(region=in_brackets(style.code(cause.text), cause.spot))
