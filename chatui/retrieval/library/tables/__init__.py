"""The statements on library.db, one module for each table. All of them are synchronous."""
