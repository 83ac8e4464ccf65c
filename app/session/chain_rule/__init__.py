"""A step of a backward pass, opened: the chain rule with its numbers."""
