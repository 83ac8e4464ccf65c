"""Two runs beside each other: which operations belong together, and what differs."""
