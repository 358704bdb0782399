"""The keys of people and drives."""
