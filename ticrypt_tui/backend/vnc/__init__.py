"""A VM's screen: the RFB client, the ways in, the keyboard, and reading text in pictures."""
