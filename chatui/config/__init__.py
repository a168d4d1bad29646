"""The settings: their schema, where they lie, how they are read."""
