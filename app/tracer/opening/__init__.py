"""Opening a step of a backward pass: the program runs again, and the node itself is asked."""
