"""What the operating system is asked for: private files, SQLite, keys, locks, addresses."""
