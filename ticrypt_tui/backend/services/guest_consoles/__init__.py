"""The serial consoles of VMs and service VMs."""
