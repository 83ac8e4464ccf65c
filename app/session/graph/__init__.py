"""Makes the drawn graph of a trace, before any layout."""
