"""`torch.set_grad_enabled(False)` as a statement of the snippet."""

from __future__ import annotations

from app.contract.records import Cause, Operation
from app.session.causes.kind import Kind
from app.session.language import tr
from app.session.places import in_brackets


class Call(Kind):
    is_own = True

    def where(self, cause: Cause) -> str:
        return tr("after {region}").format(region=in_brackets(cause.text, cause.line))

    def advice(self, cause: Cause, cut: Operation, code: str) -> str | None:
        text = tr("Switch recording on again (torch.set_grad_enabled(True)) before {code}.")
        return text.format(code=code)
