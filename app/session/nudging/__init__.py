"""Nudging a value of a leaf: what can be nudged, the runs, and their words."""
