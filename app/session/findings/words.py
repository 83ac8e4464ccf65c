"""The first words of a finding give its severity, so that colour is not the only sign."""

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
    """Return the same as `titled`, with the line if there is one."""
    if finding.spot is None:
        return titled(finding)
    text = tr(_TITLES_ON_LINE[finding.severity])
    return text.format(title=finding.title, line=finding.spot)


def advice(fix: Fix | None) -> str:
    """Return what to do, and the effect of the tried fix or why it was not tried."""
    if fix is None:
        return ""
    if fix.effect is not None:
        text = tr("{advice} Tried: {effect}.")
        return text.format(advice=fix.description, effect=fix.effect)
    if fix.untried is not None:
        text = tr("{advice} Not tried: {reason}.")
        return text.format(advice=fix.description, reason=fix.untried)
    return fix.description
