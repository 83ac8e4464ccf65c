"""The groups of a graph: how they nest, which are open, and how a user opens and closes them."""
