"""What `shilu report` prints, a module a report: what is asked, and how a terminal shows it."""
