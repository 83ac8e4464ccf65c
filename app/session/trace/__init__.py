"""From the tracing process's rows to a trace document, and what it says of its own gaps."""
