"""Links between tickets: added by a number, taken away by a button."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_admin import expose

from ..actors import Actor
from ..errors import InvalidInput
from ..i18n import gettext as _
from ..lifecycle import LinkKind
from ..queries.inbox import find_number
from ..services.linking import link, unlink
from ..web.asking import typed
from .merging import no_such_number

POST = ("POST",)
KINDS: Mapping[LinkKind, Callable[[], str]] = {
    LinkKind.RELATED: lambda: _("Related to"),
    LinkKind.CASE: lambda: _("A case of the incident"),
    LinkKind.INCIDENT: lambda: _("The incident behind"),
}
"""What a ticket is to the other, in the words of its page."""


class LinkActs:
    """Adding and removing links; part of `InboxView`."""

    @expose("/tickets/<ticket_id>/link", methods=POST)
    def link(self: Any, ticket_id: str) -> Any:
        """Link it to the ticket whose number was typed."""

        def write(actor: Actor) -> bool:
            return link(ticket_id, actor, _other(actor), typed("kind"))  # type: ignore[arg-type]

        done, same = _("Linked. Only agents see it."), _("They are linked so already; nothing was changed.")
        return self.act(ticket_id, "link", write, done=lambda made: done if made else same, at="sg-links")

    @expose("/tickets/<ticket_id>/unlink", methods=POST)
    def unlink(self: Any, ticket_id: str) -> Any:
        """Take a link away."""
        done, same = _("The link is removed."), _("They are not linked; nothing was changed.")
        return self.act(
            ticket_id,
            "unlink",
            lambda actor: unlink(ticket_id, actor, _other(actor)),
            done=lambda gone: done if gone else same,
            at="sg-links",
        )


def _other(actor: Actor) -> str:
    """The ticket whose number was typed."""
    number = find_number(actor, typed("number"))
    if number is None:
        raise InvalidInput({"number": no_such_number()})
    return number
