"""The processes of one run: ranks and child processes, each with a trace of its own."""
