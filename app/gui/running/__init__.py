"""Running snippets and preparing what the window shows of them, away from its thread."""
