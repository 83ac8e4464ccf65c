"""The tracing process: serves runs, forks for each, forwards their output, and ends."""
