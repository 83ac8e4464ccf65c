"""The forward or the backward of a custom `Function`; the cause's text is "inside Name.forward"."""

from __future__ import annotations

from app.contract.records import Cause
from app.session.causes.kind import Kind
from app.session.language import tr
from app.session.places import in_brackets, on_line
from app.session.source.code_marks import Style


class InFunction(Kind):
    def where(self, cause: Cause, style: Style) -> str:
        text = tr("inside {function}, where autograd is off")
        return text.format(function=in_brackets(style.code(_function(cause)), cause.spot))

    def since(self, cause: Cause) -> str:
        text = tr("autograd is off inside {function}")
        return text.format(function=on_line(_function(cause), cause.spot))

    def switched(self, cause: Cause, *, on: bool) -> str:
        text = tr("Switched on inside {function}") if on else tr("Switched off inside {function}")
        return text.format(function=on_line(_function(cause), cause.spot))


def _function(cause: Cause) -> str:
    """ "Name.forward"."""
    return cause.text.removeprefix("inside ")
