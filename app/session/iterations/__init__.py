"""A training run over its iterations: norms of gradients, losses, where something began."""
