"""The machine's system services: systemd's units over D-Bus, their journal, their log files."""
