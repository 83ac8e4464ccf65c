"""The drawn graph of a trace, before any layout: what stands on it and what connects it."""

from app.session.graph.building import build

__all__ = ["build"]
