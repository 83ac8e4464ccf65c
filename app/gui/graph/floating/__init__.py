"""What floats on the graph."""
