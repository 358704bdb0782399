"""System services."""
