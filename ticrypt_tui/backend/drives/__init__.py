"""Drives: who can open them, and with what."""
