"""Why each `.grad` is what it is."""
