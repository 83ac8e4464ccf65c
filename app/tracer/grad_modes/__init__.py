"""Regions of grad mode and inference mode, and who opened them."""
