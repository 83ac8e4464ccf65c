"""A node that shows the chain rule with its numbers."""
