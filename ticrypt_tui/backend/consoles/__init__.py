"""Serial consoles of VMs: what a guest prints as a terminal shows it, and what is typed at it."""
