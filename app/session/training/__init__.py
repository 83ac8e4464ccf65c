"""What a run trained: a state for each parameter, and why others did not train."""
