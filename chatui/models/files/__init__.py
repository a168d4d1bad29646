"""Model files on this machine: headers, stores, downloads."""
