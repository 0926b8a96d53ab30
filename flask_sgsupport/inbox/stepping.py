"""From a ticket to the next or previous one of the list or search it was found in."""

from __future__ import annotations

from typing import Any

from flask import redirect
from flask_admin import expose

from ..actors import Actor
from ..i18n import gettext as _
from ..queries.places import Place, ticket_beside
from ..queries.ticket import Neighbour
from ..services.limiting import count_search
from ..web.asking import agent_asking, is_looking, unsearched
from ..web.page import Link
from ..web.saying import say
from .way_back import NEW, found_in, listed_in


class StepPages:
    """Steps through a list or a search; part of `InboxView`."""

    @expose("/tickets/<ticket_id>/<any(next, previous):to>")
    def step(self: Any, ticket_id: str, to: str) -> Any:
        """A step through a search, which is made again for it and counted; at its end the way leads back to it."""
        actor, found = agent_asking(), found_in()
        if found is None:
            return redirect(self.list_url())
        if found[0].q and not is_looking():
            return unsearched()
        if found[0].q:
            count_search(actor)
        beside = ticket_beside(actor, *found, ticket_id, before=to == "previous")
        if beside is None:
            say(_("That was the last one.") if to == "next" else _("That was the first one."))
            return redirect(self.list_url())
        return redirect(self._there(beside.ticket_id, beside.place, beside.found))

    def next_url(self: Any, actor: Actor, ticket_id: str) -> str:
        """The ticket after this one in the list it was found in, as that stands by now; at its end the list."""
        found = listed_in()
        if found is None and found_in():
            return str(self.url_to("inbox.step", ticket_id=ticket_id, to="next"))
        after = ticket_beside(actor, *found, ticket_id) if found else None
        return str(self._there(after.ticket_id, after.place, after.found) if after else self.list_url())

    def steps(self: Any, ticket_id: str, before: Neighbour | None, after: Neighbour | None) -> list[Link | None]:
        """The ways to both neighbours, each named by its subject, for whoever hears it; in a search not known yet."""
        if listed_in() is None and found_in():
            urls = (self.url_to("inbox.step", ticket_id=ticket_id, to=to) for to in ("previous", "next"))
            return [Link(_("in this search"), url) for url in urls]
        both = (before, after)
        return [Link(one.subject, self._there(one.ticket_id, one.place)) if one else None for one in both]

    def _there(self: Any, ticket_id: str, place: Place | str, found: str = "") -> Any:
        """A ticket at its place of the list, at the message by which it was found."""
        anchor = f"m-{found}" if found else NEW
        return self.url_to("inbox.ticket", ticket_id=ticket_id, place=str(place), _anchor=anchor)
