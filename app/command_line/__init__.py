"""The commands of `tapescope` and their options."""
