"""The snippet: running it as `python snippet.py` would, its text, and how it ended."""
