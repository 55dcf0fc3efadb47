"""What happens later: reactions to events, timed work, long work."""
