"""Which turns stand in a prompt, as pure functions of counts."""
