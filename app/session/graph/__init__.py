"""The drawn graph of a trace, before any layout: what stands on it and what connects it."""
