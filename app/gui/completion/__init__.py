"""Completion in the editor: the client of the completing process, the list, the hint."""
