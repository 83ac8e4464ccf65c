"""The open texts and what is read from and written to disk."""
