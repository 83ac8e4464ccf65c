"""A backward pass: the engine runs hooks with grad mode off, unless `create_graph=True`."""

from __future__ import annotations

from app.contract.records import Cause
from app.session.causes.kind import Kind
from app.session.language import tr
from app.session.places import at_line, in_brackets, on_line
from app.session.source.code_marks import Style


class InBackward(Kind):
    def where(self, cause: Cause, style: Style) -> str:
        text = tr("in a hook of {call}, which turns grad mode off without `create_graph=True`")
        return style.text(text, {"call": in_brackets(style.code(cause.text), cause.spot)})

    def since(self, cause: Cause) -> str:
        text = tr("{call} runs hooks with grad mode off")
        return text.format(call=on_line(f"`{cause.text}`", cause.spot))

    def noted(self, words: str, cause: Cause) -> str:
        return at_line(tr("{what} in backward").format(what=words), cause.spot)

    def switched(self, cause: Cause, *, on: bool) -> str:
        text = tr("Switched off by {call}, which did not get create_graph=True")
        return text.format(call=on_line(cause.text, cause.spot))

    def without(self, cause: Cause) -> str:
        text = tr("With create_graph=True in {call} it would have been recorded")
        return text.format(call=on_line(cause.text, cause.spot))

    def advice(self, cause: Cause, code: str, style: Style) -> str | None:
        text = tr("Pass `create_graph=True` to {call}: then {code} is recorded.")
        call = on_line(style.code(cause.text), cause.spot)
        return style.text(text, {"call": call, "code": code})
