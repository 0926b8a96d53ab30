"""What the doors share: who is asking, the guard against forged requests, error pages, what a page shows, polling, downloads."""
