"""Fix VMs and Fix drives: the store compared with libvirt, and what is done about it."""
