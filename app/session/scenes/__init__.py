"""Scenes: kept views of a run, and how they are found again in another run."""
