"""Hardware setups, and where a VM of one would be placed."""
