"""What things look like, for the window and for pages without one: colours, glyphs, borders."""
