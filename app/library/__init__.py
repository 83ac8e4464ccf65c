"""Recording in a program's own process: what the module `tapescope` does."""
