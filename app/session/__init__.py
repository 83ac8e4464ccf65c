"""Everything about a run without Qt and torch: trace, graph, explanations."""
