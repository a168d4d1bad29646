"""Documents become chunks: structure, packing, the model's own limit."""
