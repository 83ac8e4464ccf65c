"""The process: serves runs, forks for each, passes on what comes out of them, and ends."""
