"""VM images."""
