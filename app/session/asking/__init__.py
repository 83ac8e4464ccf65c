"""Asking a room about a run: what is covered, the questions, the guesses, the score."""
