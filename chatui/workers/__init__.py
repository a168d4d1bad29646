"""Child processes that hold what the window's process must never import."""
