"""VM configurations."""
