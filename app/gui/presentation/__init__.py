"""The window in front of a room: everything larger, and only what is talked about."""
