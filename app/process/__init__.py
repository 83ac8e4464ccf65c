"""Starts, feeds, watches and stops the tracing process; how it ended, in words.

No Qt and no torch: the command line uses it as well as the window.
"""
