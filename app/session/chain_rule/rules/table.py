"""The rules of all nodes that have one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.session.chain_rule.rules import (
    activations,
    arithmetic,
    layers,
    losses,
    products,
    reductions,
    shapes,
)
from app.session.chain_rule.rules.rule import NodeRule

RULES: dict[str, NodeRule] = {
    **arithmetic.RULES, **activations.RULES, **products.RULES, **reductions.RULES,
    **shapes.RULES, **losses.RULES, **layers.RULES,
}  # fmt: skip


OTHERWISE: dict[str, tuple[NodeRule, ...]] = {
    **arithmetic.OTHERWISE, **activations.OTHERWISE, **reductions.OTHERWISE, **shapes.OTHERWISE,
    **losses.OTHERWISE, **layers.OTHERWISE,
}  # fmt: skip
"""Rules of nodes that have another one in `RULES`: with these settings they go before it."""


def rule_of(name: str, settings: Mapping[str, Any]) -> NodeRule | None:
    """Return the rule of a node with these settings; None if there is none."""
    known = (*OTHERWISE.get(name, ()), *((RULES[name],) if name in RULES else ()))
    return next((one for one in known if one.holds(settings)), None)
