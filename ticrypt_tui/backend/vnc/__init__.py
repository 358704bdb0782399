"""A VM's screen: its protocol (RFB), the ways in, its text, its keys."""
