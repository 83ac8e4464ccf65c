"""Finding, replacing and going to a line."""
