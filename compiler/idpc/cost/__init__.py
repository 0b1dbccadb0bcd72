"""What instances cost, before any of them exists."""
