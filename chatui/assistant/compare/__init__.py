"""Several models answer the same prompt side by side."""
