"""The way back from a ticket to the list it was found in: it stands in the address of every page of the ticket.

Not the address of the list is carried but its filters, and they are read anew: whatever stands there leads to a list of
ours or nowhere. Beside them stands the place in the list, from which the way leads on: it stays what it was while the
ticket is answered, solved or put aside, and so stands elsewhere.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from flask import g

from ..queries.places import Place
from ..queries.views import Filters
from ..web.asking import asked

BACK = "back"
PLACE = "place"
NEW = "sg-new"
"""Where the conversation goes on: what a link to a ticket opens it at."""
MAX_CHARS = 4_000
MAX_PLACE_CHARS = 100


def words_of(filters: Filters) -> str:
    """What leads back to a page of a list; empty for the first page of the first list."""
    return urlencode(filters.arguments(after=filters.after))


def came_from() -> Filters | None:
    """The page of a list the person came from, where the address says so."""
    words = asked(BACK)
    return filters_in(words) if len(words) <= MAX_CHARS else None


def filters_in(words: str) -> Filters | None:
    """The page of a list that `words_of` wrote down; nothing where that is none."""
    try:
        filters = Filters.of(dict(parse_qsl(words, max_num_fields=50)))
    except ValueError:
        return None
    return filters if words_of(filters) else None


def found_in() -> tuple[Filters, Place] | None:
    """The list or search the person came from and the place in it."""
    place = _place()
    return None if place is None else (came_from() or Filters(), place)


def listed_in() -> tuple[Filters, Place] | None:
    """The same, but none of a search or of conditions, asked again at each ticket: a step asks, once it is taken."""
    found = found_in()
    return None if found is None or found[0].q or found[0].where else found


def _place() -> Place | None:
    return Place.of(asked(PLACE)[:MAX_PLACE_CHARS])


def carried() -> dict[str, str]:
    """What the address of another page of the ticket carries on; read once a request, since every link asks."""
    if "sgsupport_carried" not in g:
        filters, place = came_from(), _place()
        said = {BACK: words_of(filters) if filters else "", PLACE: str(place) if place else ""}
        g.sgsupport_carried = {name: words for name, words in said.items() if words}
    found: dict[str, str] = g.sgsupport_carried
    return found
