"""Rules for gradients that never arrive."""
