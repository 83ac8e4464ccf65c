"""The Nudge tab: a value of a leaf that is dragged, and what the loss does."""
