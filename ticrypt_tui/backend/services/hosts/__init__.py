"""Libvirt hosts: what they are, what is taken of them, and which are watched."""
