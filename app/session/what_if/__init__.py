"""Changes for one run: their words, where the text offers them, and how to write them into it."""
