"""What the program says of a cause, shows of it and does about it."""

from __future__ import annotations

from typing import ClassVar

from app.contract.records import Cause, Edit, Operation
from app.session.findings.edits import Source
from app.session.language import tr
from app.session.places import at_line, in_brackets, on_line
from app.session.source.code_marks import Style


class Kind:
    """A kind of cause.  The defaults fit a region that code outside the snippet entered."""

    is_own: ClassVar[bool] = False
    """Whether the snippet itself opened the region: then it is drawn as a frame, marked in the
    editor's gutter, and a moment of the timeline."""

    is_around: ClassVar[bool] = False
    """Whether it is written around code: it may be there to keep a module fixed."""

    # -------------------------------------------------------------------------------------- words

    def where(self, cause: Cause, style: Style) -> str:
        """Say where an operation ran: "under torch.no_grad() (line 9)"."""
        return tr("under {region}").format(region=in_brackets(style.code(cause.text), cause.spot))

    def since(self, cause: Cause) -> str:
        """Say since when operations were skipped, as what follows "Lines 4 and 5 were skipped:"."""
        text = tr("{region} was on since line {line}")
        if cause.spot is None:
            text = tr("{region} was on")
        return text.format(region=f"`{cause.text}`", line=cause.spot)

    def noted(self, words: str, cause: Cause) -> str:
        """Add to a word or two where recording was turned off: "no_grad, line 9"."""
        return at_line(words, cause.spot)

    # ----------------------------------------------------------------------------------- question

    def switched(self, cause: Cause, *, on: bool) -> str:
        """Answer torch's question whether inference mode is on (`on`) or grad mode is off."""
        text = tr("Switched on by {region}") if on else tr("Switched off by {region}")
        return text.format(region=on_line(cause.text, cause.spot))

    def without(self, cause: Cause) -> str:
        """Introduce whether the operation would have been recorded but for this."""
        if cause.spot is None:
            return tr("Without {region} it would have been recorded").format(region=cause.text)
        return tr("Without line {line} it would have been recorded").format(line=cause.spot)

    # ---------------------------------------------------------------------------------------- fix

    def advice(self, cause: Cause, code: str, style: Style) -> str | None:
        """Say how to let a gradient through an operation of the region, whose code is given."""
        return None

    def edits(self, source: Source, cause: Cause, cut: Operation) -> list[Edit]:
        """Return the changes of the text that do so for `cut`, where they are sure to be right."""
        return []
