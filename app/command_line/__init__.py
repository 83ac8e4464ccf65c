"""The commands of `tapescope`, and what may stand behind each."""
