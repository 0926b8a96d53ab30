"""Buttons of the host on the ticket page: asked about, then pressed."""

from __future__ import annotations

from typing import Any

from flask import redirect, request
from flask_admin import expose

from ..actors import Actor
from ..errors import NotFound, NotReady, SupportError
from ..i18n import gettext as _
from ..queries.ticket import version_for
from ..services.host_buttons import DONE, FAILED, REFUSED, Pressed, offered, press
from ..web.asking import agent_asking, form_token, new_form, version
from ..web.guard import refused
from ..web.saying import say
from .ticket import BUTTON, Sent


class HostButtonActs:
    """Pressing what the host has put on the page; part of `InboxView`."""

    @expose("/tickets/<ticket_id>/buttons/<key>", methods=("GET", "POST"))
    def press(self: Any, ticket_id: str, key: str) -> Any:
        """The question whether it shall be done; sent, it is."""
        actor = agent_asking()
        if request.method != "POST":
            return self._ask_before(actor, ticket_id, key)
        try:
            pressed = press(ticket_id, actor, key, form=form_token(), version=version())
        except (NotFound, NotReady):
            raise
        except SupportError as error:
            return refused(self._refused(ticket_id, Sent(BUTTON, request.form, error), error), error)
        sentence, kind = _said(pressed)
        say(sentence, kind, about=ticket_id)
        return redirect(self.url_to("inbox.ticket", ticket_id=ticket_id, _anchor="sg-buttons"))

    def _ask_before(self: Any, actor: Actor, ticket_id: str, key: str) -> Any:
        # Before the host is asked: what somebody does meanwhile was not seen here.
        seen = version_for(actor, ticket_id)
        if seen is None:
            raise NotFound(_("There is no ticket %(ticket)s here.", ticket=ticket_id))
        button = next((one for one in offered(actor, ticket_id) if one.key == key), None)
        if button is None:
            raise NotFound(_("There is no such button on this ticket now."))
        return self.framed(actor).render(
            "sgsupport/inbox/button.html",
            sg_title=button.label,
            ticket_id=ticket_id,
            button=button,
            form=new_form(),
            version=seen,
        )


def _said(pressed: Pressed) -> tuple[str, str]:
    """What is said of it, and how."""
    if pressed.again:
        return _again(pressed), "info"
    said = {"button": pressed.label, "said": pressed.sentence.rstrip(". ")}
    sentence, kind = {
        DONE: (_("%(button)s: %(said)s.", **said) if pressed.sentence else _("%(button)s: done.", **said), "success"),
        REFUSED: (_("%(button)s was refused: %(said)s.", **said), "warning"),
        FAILED: (
            _(
                "%(button)s failed: %(said)s. The app knows whether anything was done before that; it is not tried "
                "again by itself.",
                **said,
            ),
            "error",
        ),
    }[pressed.outcome]
    if not pressed.recorded:
        return f"{sentence} {_('The history could not be told what came of it.')}", "error"
    return sentence, kind


def _again(pressed: Pressed) -> str:
    said = {"button": pressed.label}
    return {
        DONE: _("%(button)s was pressed by this very form already, and is done. It was not done again.", **said),
        REFUSED: _("%(button)s was pressed by this very form already, and was refused.", **said),
        FAILED: _("%(button)s was pressed by this very form already, and failed. It was not tried again.", **said),
    }.get(
        pressed.outcome,
        _("%(button)s was pressed by this very form already and has not ended yet. See the history.", **said),
    )
