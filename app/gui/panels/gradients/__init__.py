"""The table of gradients."""
