"""What maintainers run beside the program: size limits and generated documentation."""
