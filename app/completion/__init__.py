"""The process that completes names with jedi; the window starts it by path."""
