"""Why each `.grad` is what it is."""

from app.session.explain.gradients import gradients

__all__ = ["gradients"]
