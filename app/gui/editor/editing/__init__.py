"""What keys do to the text."""
