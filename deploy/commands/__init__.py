"""The commands of `shilu`, one module each: its name is the command's, `command` what it does."""
