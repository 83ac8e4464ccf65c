"""A finding's first words: how grave it is stands there, and not in a colour alone."""

from __future__ import annotations

from app.contract.records import Finding, Fix
from app.session.language import tr, translatable

_TITLES = {
    "error": translatable("Error: {title}."),
    "warning": translatable("Warning: {title}."),
    "info": translatable("Note: {title}."),
}
_TITLES_ON_LINE = {
    "error": translatable("Error on line {line}: {title}."),
    "warning": translatable("Warning on line {line}: {title}."),
    "info": translatable("Note on line {line}: {title}."),
}


def titled(finding: Finding) -> str:
    """ "Warning: `detach` cuts the gradient."."""
    return tr(_TITLES[finding.severity]).format(title=finding.title)


def located(finding: Finding) -> str:
    """The same with the line, where there is one."""
    if finding.line is None:
        return titled(finding)
    text = tr(_TITLES_ON_LINE[finding.severity])
    return text.format(title=finding.title, line=finding.line)


def advice(fix: Fix | None) -> str:
    """What to do, and what is known of it: it was tried, with what effect, or why it was not."""
    if fix is None:
        return ""
    if fix.effect is not None:
        text = tr("{advice} Tried: {effect}.")
        return text.format(advice=fix.description, effect=fix.effect)
    if fix.untried is not None:
        text = tr("{advice} Not tried: {reason}.")
        return text.format(advice=fix.description, reason=fix.untried)
    return fix.description
