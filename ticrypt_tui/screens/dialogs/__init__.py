"""The modals that the tabs share. In every one Cancel, or Close, has the focus."""
