"""Two runs side by side: the columns of both graphs, and what differs in numbers."""
