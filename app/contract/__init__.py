"""What the window's process and the tracing process share. Standard library only.

`records` is the trace document, `messages` is what travels between the processes while a snippet
runs, `framing` is how a message becomes bytes.  Syntax down to Python 3.10: the tracing process
runs in the user's own interpreter.
"""
