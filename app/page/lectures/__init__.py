"""A lecture as one page that steps through its scenes and asks its questions."""
