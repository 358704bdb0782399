"""A VM from reserved to registered, and back where that fails."""
