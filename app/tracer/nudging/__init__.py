"""Nudging: the program runs without the recorder, with one element of a leaf moved."""
