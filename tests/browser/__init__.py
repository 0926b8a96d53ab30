"""The product in a real browser, with mail through a real mail server."""
