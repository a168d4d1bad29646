"""Notes: which join a prompt, and what a model proposes to keep."""
