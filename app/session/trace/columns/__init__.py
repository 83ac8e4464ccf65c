"""The records of a long trace, kept field by field."""
