"""What a lecturer shows: scenes, the window in front of a room, a value that is nudged."""
