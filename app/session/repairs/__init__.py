"""Repairs of code as it is found in articles: what it takes to run a text that was pasted."""
