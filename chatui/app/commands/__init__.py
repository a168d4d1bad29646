"""What the window's slash commands and keys do, by group."""
