"""The read side: tables that anyone can rebuild from the events, and what is asked of them."""
