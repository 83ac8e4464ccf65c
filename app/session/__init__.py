"""What the program knows about a run: trace, graph, explanations.  No Qt, no torch."""
