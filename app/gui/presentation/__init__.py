"""Presentation mode: everything larger, and one section at a time."""
