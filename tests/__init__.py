"""The tests, by what the product does."""
