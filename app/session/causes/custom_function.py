"""The forward or the backward of a custom `Function`; the cause's text is "inside Name.forward"."""

from __future__ import annotations

from app.contract.records import Cause
from app.session.causes.kind import Kind
from app.session.language import tr
from app.session.places import in_brackets, on_line
from app.session.source.code_marks import Style, marked


class InFunction(Kind):
    def where(self, cause: Cause, style: Style) -> str:
        text = tr("{inside}, where autograd is off")
        inside = marked(cause.text) if style.marks else cause.text
        return text.format(inside=in_brackets(inside, cause.spot))

    def since(self, cause: Cause) -> str:
        return tr("autograd is off {inside}").format(inside=on_line(cause.text, cause.spot))

    def switched(self, cause: Cause, *, on: bool) -> str:
        text = tr("Switched on {inside}") if on else tr("Switched off {inside}")
        return text.format(inside=on_line(cause.text, cause.spot))
