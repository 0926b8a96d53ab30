"""What panel and inbox share of offering open tickets that are like the one being written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..i18n import gettext as _
from ..i18n import ngettext
from ..queries.similar import Similar
from .asking import typed
from .page import Time

NOTHING = ("", 204)
"""The answer to a script where there is nothing to offer."""


def offer(found: Sequence[Similar], carry_url: Callable[[str], str], *, verb: str, asks: str = "") -> dict[str, Any]:
    """Ready to show: each with who opened it and where the text is taken along to.

    :param verb: the button that takes it there.
    :param asks: the button that sends it all the same, on the page that asks; empty where nothing was sent.
    """
    return {
        "verb": verb,
        "asks": asks,
        "said": ngettext(
            "%(num)d open ticket of this account looks like it. Is it the same?",
            "%(num)d open tickets of this account look like it. Is it one of them?",
            len(found),
        ),
        "rows": [
            {
                "ticket_id": one.ticket_id,
                "subject": one.subject,
                "status": one.status,
                "status_label": one.status_label,
                "opened_by": _("opened by you") if one.by_me else _("opened by %(who)s", who=one.opened_by),
                "updated": Time.of(one.updated_at),
                "url": carry_url(one.ticket_id),
            }
            for one in found
        ],
    }


def looked_for() -> bool:
    """Whether the script has looked for this very subject while it was typed, so that it need not be done again.

    Without a subject the form is refused first, and asks nothing.
    """
    return not typed("subject").strip() or typed("looked-for") == typed("subject")


def carried() -> str:
    """The text of the form for a ticket there is: its subject first, as that has one of its own."""
    return "\n\n".join(filter(None, (typed("subject").strip(), typed("body").strip())))
