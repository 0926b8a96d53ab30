"""Text as every database takes it."""

from __future__ import annotations


def storable(text: str) -> str:
    """The text without what no database stores: NUL, and halves of characters, which become question marks."""
    # By way of str itself: a subclass of the host's may answer otherwise.
    return str.encode(text, "utf-8", "replace").decode("utf-8").replace("\x00", "")
