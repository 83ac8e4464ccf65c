"""The lesson panel: a page of text, its question, and what the trace says of the answer."""
