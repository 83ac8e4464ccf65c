"""The values of tensors: unpacked, summed up in figures, drawn as a coarse picture."""
