"""The way back from a ticket to the list it was found in: it stands in the address of every page of the ticket.

Not the address of the list is carried but its filters, and they are read anew: whatever stands there leads to a list of
ours or nowhere.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from flask import g

from ..queries.views import Filters
from ..web.asking import asked

BACK = "back"
MAX_CHARS = 4_000


def words_of(filters: Filters) -> str:
    """What leads back to a page of a list; empty for the first page of the first list."""
    return urlencode(filters.arguments(after=filters.after))


def came_from() -> Filters | None:
    """The page of a list the person came from, where the address says so."""
    words = asked(BACK)
    if len(words) > MAX_CHARS:
        return None
    try:
        filters = Filters.of(dict(parse_qsl(words, max_num_fields=50)))
    except ValueError:
        return None
    return filters if words_of(filters) else None


def carried() -> dict[str, str]:
    """What the address of another page of the ticket carries on; read once a request, since every link asks."""
    if "sgsupport_carried" not in g:
        filters = came_from()
        g.sgsupport_carried = {BACK: words_of(filters)} if filters else {}
    found: dict[str, str] = g.sgsupport_carried
    return found
