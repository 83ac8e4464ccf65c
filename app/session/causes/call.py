"""`torch.set_grad_enabled(False)` as a statement of the snippet."""

from __future__ import annotations

from app.contract.records import Cause
from app.session.causes.kind import Kind
from app.session.language import tr
from app.session.places import in_brackets
from app.session.source.code_marks import Style


class SetByCall(Kind):
    is_own = True

    def where(self, cause: Cause, style: Style) -> str:
        return tr("after {region}").format(region=in_brackets(style.code(cause.text), cause.spot))

    def advice(self, cause: Cause, code: str, style: Style) -> str | None:
        text = tr("Switch recording on again (`torch.set_grad_enabled(True)`) before {code}.")
        return style.text(text, {"code": code})
