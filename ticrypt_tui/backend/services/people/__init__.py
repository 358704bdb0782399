"""Users, teams and projects."""
