"""The text as Qt holds it: every character and line ending exact, positions, layout of lines."""
