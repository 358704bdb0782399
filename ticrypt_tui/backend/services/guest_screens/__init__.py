"""The screens of VMs and service VMs."""
