"""A terminal console for the virtual machines of a secure research enclave."""

__version__ = "0.1.0"
