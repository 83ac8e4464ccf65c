"""Features for looking at a run: its graph, its moments, what is selected."""
