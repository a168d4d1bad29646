"""The composition root: settings in, objects out."""
