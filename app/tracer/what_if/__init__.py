"""The changes of a what-if run: what is left out, and what is held in another state."""
