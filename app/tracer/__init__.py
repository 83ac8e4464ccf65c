"""The child process: runs a snippet under the recorder and streams rows.

torch and the standard library only, syntax down to Python 3.10: it runs in the user's own
interpreter and environment.
"""
