"""The fast layered layout of our own, for graphs that Graphviz takes too long for."""
