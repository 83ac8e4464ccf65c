"""Drawing a scene on the screen, into tiles and into files."""
