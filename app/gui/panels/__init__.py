"""The panels around the graph: gradients, details, words, findings, console, timeline."""
