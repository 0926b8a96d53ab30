"""How a text will look: a fragment for scripts, otherwise the page it came from with everything that was typed."""

from __future__ import annotations

from flask import request

from ..safe_html import markdown
from ..web.asking import customer, files_lost, form_token, typed
from .opening import previewed
from .ticket import Sent, show


def preview() -> str:
    """Of the composer where the form names a ticket, otherwise of the description of a new one."""
    actor = customer(typed("account") or None)
    body = typed("body")
    if request.headers.get("X-Requested-With") == "fetch":
        return str(markdown(body))
    ticket_id = typed("ticket")
    if not ticket_id:
        return previewed(actor)
    sent = Sent(body=body, form=form_token() or "", files_error=files_lost(), preview=markdown(body))
    return show(actor, ticket_id, sent)
