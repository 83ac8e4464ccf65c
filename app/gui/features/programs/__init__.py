"""Features for programs: opened, edited, run, and their fixes tried."""
