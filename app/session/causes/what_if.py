"""The mode of a what-if, which holds for the whole run."""

from __future__ import annotations

from app.contract.records import Cause
from app.session.causes.kind import Kind
from app.session.language import tr
from app.session.source.code_marks import Style


class WhatIf(Kind):
    def where(self, cause: Cause, style: Style) -> str:
        return tr("in the what-if mode {region}").format(region=style.code(cause.text))

    def since(self, cause: Cause) -> str:
        text = tr("{region} was on everywhere, as this what-if asks")
        return text.format(region=f"`{cause.text}`")

    def noted(self, words: str, cause: Cause) -> str:
        return tr("{what}, what if").format(what=words)

    def switched(self, cause: Cause, *, on: bool) -> str:
        text = tr("Switched off by the what-if: {region} everywhere")
        if on:
            text = tr("Switched on by the what-if: {region} everywhere")
        return text.format(region=cause.text)
