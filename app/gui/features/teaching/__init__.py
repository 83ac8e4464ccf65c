"""What a lecturer shows: scenes, and the window in front of a room."""
