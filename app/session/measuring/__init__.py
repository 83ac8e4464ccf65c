"""What was measured under each grad mode, and what can be said of it."""
