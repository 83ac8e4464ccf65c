"""Tensors: their identities, values and names."""
