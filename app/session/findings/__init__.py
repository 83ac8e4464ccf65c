"""Findings: what a person debugging the snippet would want to be told, read off the trace."""
