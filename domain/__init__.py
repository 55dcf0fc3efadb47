"""The write side: what may happen in a station's work, and what is refused."""
