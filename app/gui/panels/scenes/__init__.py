"""The tab with the scenes of a program."""
