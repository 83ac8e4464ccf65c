"""The completing process: what could follow in the text, by jedi; the window starts it by path."""
