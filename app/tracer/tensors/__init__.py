"""Values: which tensor is which, what is in it and what the snippet calls it."""
