"""Chat models: the port, and who stands behind it (hosted, built-in, later local)."""
