"""Storage pools and volumes, as the hosts tell of them."""
