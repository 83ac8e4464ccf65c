"""A run at a glance: sentences, counts and comparisons."""
