"""The audit log and the files that are followed beside it."""
