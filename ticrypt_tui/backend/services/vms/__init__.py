"""Running and past VMs."""
