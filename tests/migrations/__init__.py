"""Tables come, stay, go back and go away, on every database."""
