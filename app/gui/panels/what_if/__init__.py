"""The bar that lists the changes of a what-if."""
