"""Licensing servers, and the hosts that hold VMs to their list."""
