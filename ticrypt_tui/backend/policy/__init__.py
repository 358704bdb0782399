"""What running VMs may reach, and how it comes to apply on every host."""
