"""library.db: collections, files, chunks, full text and every vector."""
