"""Completion in the editor: the process that knows, the list that is chosen from, the hint."""
