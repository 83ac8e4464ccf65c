"""Two runs beside each other: a pinned one and the one of now."""
