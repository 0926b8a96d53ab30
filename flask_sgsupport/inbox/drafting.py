"""What an agent keeps before it is sent, and a reply taken back: one POST, one verb."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, make_response, redirect, request
from flask_admin import expose

from ..errors import NotFound, NotReady, StaleTicket, SupportError
from ..i18n import format_near
from ..i18n import gettext as _
from ..queries.drafts import MOST_ON_THEIR_WAY, became_of
from ..services import drafting, sending
from ..settings import state
from ..web.asking import agent_asking, asked_list, form_token, typed, uploads, whole_number
from ..web.guard import refused
from ..web.polling import told
from ..web.saying import say
from .ticket import Sent

POST = ("POST",)


class DraftActs:
    """Drafts of the composer; part of `InboxView`."""

    @expose("/tickets/<ticket_id>/draft/<kind>", methods=POST)
    def save_draft(self: Any, ticket_id: str, kind: str) -> Any:
        """Keep what is typed: by the script with every pause, by a button where none runs."""
        by_script = request.headers.get("X-Requested-With") == "fetch"
        actor = agent_asking()
        try:
            kept = drafting.save_draft(
                ticket_id, actor, kind, body=typed("body"), seen=draft_seen() or 0, form=form_token()
            )
        except (NotFound, NotReady):
            raise
        except SupportError as error:
            if by_script:
                return _refusal(error)
            return refused(self.show_ticket(ticket_id, Sent(kind, request.form, error)), error)
        if by_script:
            at = format_near(kept.at, state().now())
            said = _("Draft saved at %(when)s", when=at) if kept.version else ""
            return jsonify(version=kept.version, said=said)
        files = ", ".join(upload.name for upload in uploads())
        done = _("Draft saved.") if kept.version else _("There was nothing to save.")
        say(" ".join([done, _("Files are not kept with it: %(names)s.", names=files)] if files else [done]))
        return self._to_composer(ticket_id, kind)

    @expose("/tickets/<ticket_id>/draft/<kind>/discard", methods=POST)
    def discard_draft(self: Any, ticket_id: str, kind: str) -> Any:
        """Throw it away."""
        try:
            drafting.discard_draft(ticket_id, agent_asking(), kind, seen=draft_seen() or 0)
        except StaleTicket as error:
            return refused(self.show_ticket(ticket_id, Sent(kind, request.form, error)), error)
        say(_("The draft is discarded."))
        return self._to_composer(ticket_id, kind)

    @expose("/tickets/<ticket_id>/undo", methods=POST)
    def undo(self: Any, ticket_id: str) -> Any:
        """Take a reply back that has not gone out yet."""
        try:
            sending.undo_send(ticket_id, agent_asking(), reply=typed("reply")[:64])
        except NotReady:
            raise
        except SupportError as error:
            return refused(self.show_ticket(ticket_id, Sent("undo", request.form, error)), error)
        say(_("Not sent. Your reply is a draft again."))
        return self._to_composer(ticket_id, "reply")

    @expose("/sending")
    def became(self: Any) -> Any:
        """What has become of replies that could be taken back, for the script that counts their seconds."""
        asked_for = [value.partition(" ") for value in asked_list("reply")[: MOST_ON_THEIR_WAY + 1]]
        found = became_of(agent_asking(), [(number[:40], key[:64]) for number, __, key in asked_for])
        return told({f"{number} {key}": became for (number, key), became in found.items()})

    def _to_composer(self: Any, ticket_id: str, kind: str) -> Any:
        # Of its two forms the reply is in front; the note is chosen by its own anchor.
        anchor = "sg-compose-note" if kind == "note" else "sg-composer"
        return redirect(self.url_to("inbox.ticket", ticket_id=ticket_id, _anchor=anchor))


def draft_seen() -> int | None:
    """The version of the draft that the form showed or began to keep; ``None`` where it did neither."""
    return whole_number(typed("draft"))


def _refusal(error: SupportError) -> Response:
    """Why a draft was not kept, for the script; one that crosses another says so on the page."""
    return make_response(jsonify(sentence=error.sentence, crossed=isinstance(error, StaleTicket)), error.http_status)
