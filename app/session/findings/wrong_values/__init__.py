"""Rules for gradients that arrive with wrong values."""
