"""Words as SQLite's full-text search sees them, in documents and in conversations."""
