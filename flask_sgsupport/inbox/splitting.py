"""Splitting: look at what a customer wrote, give it a subject of its own, then make it a ticket."""

from __future__ import annotations

from typing import Any

from flask import redirect, request
from flask_admin import expose

from ..actors import Actor
from ..errors import InvalidInput, NotFound, NotReady, SupportError
from ..i18n import format_bytes
from ..i18n import gettext as _
from ..queries.splitting import splitting
from ..queries.ticket import is_visible
from ..safe_html import markdown
from ..services.splitting import split_off
from ..settings import state
from ..web.asking import agent_asking, form_after, form_token, new_form, typed, whole_number
from ..web.guard import refused
from ..web.page import Time
from ..web.saying import say


class SplitPages:
    """Making a ticket of its own of a message; part of `InboxView`."""

    @expose("/tickets/<ticket_id>/messages/<key>/split", methods=("GET", "POST"))
    def split(self: Any, ticket_id: str, key: str) -> Any:
        """The message with the fields of a new ticket; sent, it is one."""
        actor = agent_asking()
        if request.method != "POST":
            return self._ask_to_split(actor, ticket_id, key)
        try:
            made = split_off(
                ticket_id,
                actor,
                key,
                subject=typed("subject"),
                queue=typed("queue"),
                form=form_token(),
                seen=whole_number(typed("seen")),
            )
        except (NotFound, NotReady):
            raise
        except SupportError as error:
            return refused(self._ask_to_split(actor, ticket_id, key, error), error)
        there = is_visible(actor, made.ticket_id)
        done = _("%(ticket)s is a ticket of its own now; its requester is told.", ticket=made.ticket_id)
        unseen = _("You do not see it: it is in a queue you do not cover.")
        say(done if there else f"{done} {unseen}", about=made.ticket_id if there else ticket_id)
        return redirect(self.url_to("inbox.ticket", ticket_id=made.ticket_id if there else ticket_id))

    def _ask_to_split(self: Any, actor: Actor, ticket_id: str, key: str, error: SupportError | None = None) -> Any:
        found = splitting(actor, ticket_id, key)
        fields = error.fields if isinstance(error, InvalidInput) else {}
        # What was refused for another reason than its fields stands above them all.
        elsewhere = "" if error is None or fields.keys() & {"subject", "queue"} else error.sentence
        elsewhere = fields.get("message", "") or fields.get("files", "") or elsewhere
        return self.framed(actor).render(
            "sgsupport/inbox/split.html",
            sg_title=_("Make a ticket of its own of this message"),
            found=found,
            key=key,
            body=markdown(found.body),
            written=Time.of(found.written_at),
            files=[{"name": file.name, "size": format_bytes(file.size_bytes), "url": ""} for file in found.files],
            form=form_after(error) if error else new_form(),
            subject=typed("subject") if error else found.subject,
            queue=typed("queue") if error else "",
            subject_error=fields.get("subject", ""),
            queue_error=fields.get("queue", ""),
            subject_limit=state().settings.max_subject_chars,
            refusal=found.refusal or elsewhere,
            possible=not found.refusal,
        )
