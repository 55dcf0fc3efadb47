"""HTTP for programs and pages for people."""
