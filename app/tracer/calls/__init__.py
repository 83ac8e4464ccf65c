"""Calls into torch: every one that Python code makes, and whether autograd recorded it."""
