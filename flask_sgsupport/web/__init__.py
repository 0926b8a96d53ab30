"""What the doors share: who is asking, the guard of every page, what a page shows, polling, downloads."""
