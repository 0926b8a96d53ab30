"""The readers: bounded statements that select columns and give back rows ready to show."""
