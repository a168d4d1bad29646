"""Files into a collection: the walk, the readers' process, the report, watching."""
