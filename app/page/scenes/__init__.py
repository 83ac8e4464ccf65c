"""Scenes of a run on a page: pictures that the reader steps through."""
