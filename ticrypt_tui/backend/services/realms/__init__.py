"""The realms."""
