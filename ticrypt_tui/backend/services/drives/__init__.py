"""Encrypted drives."""
