"""Texts with cells: `# %%` marks, and the notebooks they are made from."""
