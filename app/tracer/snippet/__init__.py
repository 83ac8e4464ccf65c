"""The snippet's own world: run as `python snippet.py` would, its text, and how it ended."""
