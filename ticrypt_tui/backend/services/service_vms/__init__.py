"""Service VMs."""
