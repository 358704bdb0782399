"""Reading the characters in the picture of a text screen."""
