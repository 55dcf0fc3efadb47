"""The read side: tables that anyone can rebuild from the events, and the questions asked of them."""
