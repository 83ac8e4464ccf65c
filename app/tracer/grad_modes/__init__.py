"""Regions of grad mode and inference mode, and what opened them."""
