"""What a run trained: a state for each parameter, and why the others did not train."""
