"""`builtin/extract`: answers by quoting the passages, with nothing to install and no key."""
