"""The ticket page and its history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Response, redirect
from flask_admin import expose
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from ..actors import Right
from ..errors import NotFound, StaleTicket, SupportError
from ..i18n import format_bytes, format_datetime
from ..i18n import gettext as _
from ..mentions import finder, handle_of
from ..permissions import sees_everything
from ..queries.deliveries import DeliveryLine
from ..queries.events import EventRow, history_page, via_label
from ..queries.files import file_of
from ..queries.news import News
from ..queries.polling import version_of_ticket
from ..queries.ticket import MessageRow, TicketPage, ticket_page
from ..queries.ticket_statements import MAX_EVENTS
from ..queries.views import Filters
from ..safe_html import markdown, markdown_with
from ..services.host_buttons import offered
from ..services.reading import mark_read
from ..settings import state
from ..snoozes import PRESETS
from ..web.asking import agent_asking, asked, files_lost, form_after, is_looking, looks_again, new_form, typed
from ..web.downloads import download
from ..web.page import Link, Live, Time
from ..web.saying import is_said_of, say
from .composing import composed, on_its_way_out, taken_back
from .context import about_now, cards, context_now
from .inserting import parts_of
from .linking import KINDS
from .lists import title_of
from .way_back import came_from, found_in, listed_in

BUTTON = "button"
"""The form of a button of the host."""


@dataclass(slots=True)
class Sent:
    """A form that was sent and comes back: refused, or to be previewed.

    :param form: which form of the page.
    :param values: what was typed.
    :param error: why it was refused.
    :param preview: the rendered text.
    :param gaps: what is missing in a text that was put into it.
    """

    form: str = ""
    values: MultiDict[str, str] = field(default_factory=MultiDict)
    error: SupportError | None = None
    preview: Markup | str = ""
    gaps: Sequence[str] = ()

    @property
    def token(self) -> str:
        """What makes the forms of the page be there once."""
        if self.form == BUTTON:
            # What was refused has done nothing, and its own text is longer with each form that is made of it.
            return new_form()
        if self.error is not None:
            return form_after(self.error)
        return self.values.get("form") or new_form()

    @property
    def outdated(self) -> bool:
        """Somebody else was faster with the same."""
        return isinstance(self.error, StaleTicket)

    @property
    def fields(self) -> Mapping[str, str]:
        """Sentences by field."""
        return getattr(self.error, "fields", {})

    @property
    def changes(self) -> Sequence[str]:
        """What others changed in the meantime."""
        return getattr(self.error, "changes", ())

    def value(self, form: str, name: str, otherwise: str = "") -> str:
        """What was typed into a field of that form."""
        return self.values.get(name, otherwise) if self.form == form else otherwise

    def version(self, form: str, now: int) -> int | str:
        """The version of the ticket that was seen by whoever sends that form again: what is not told was not seen."""
        return now if self.outdated else self.value(form, "version", str(now))

    def changed(self, form: str, name: str, now: str) -> str:
        """What was typed over what the page showed; what was left alone is as it is now."""
        typed = self.value(form, name, now)
        return now if typed == self.value(form, f"seen-{name}") else typed

    def problem(self, form: str, name: str) -> str:
        """The sentence beside a field of that form; beside its files, which ones the form cannot bring back."""
        if self.form != form:
            return ""
        return self.fields.get(name, "") or (files_lost() if name == "files" else "")


class TicketPages:
    """Looking at a ticket; part of `InboxView`."""

    @expose("/tickets/<ticket_id>")
    def ticket(self: Any, ticket_id: str) -> Any:
        """The ticket page; whoever has just moved or given a ticket away is told why it is not there for them."""
        try:
            return self.show_ticket(ticket_id, Sent())
        except NotFound:
            if not is_said_of(ticket_id):
                raise
        gone = _(
            "You do not see %(ticket)s any more: it is not assigned to you, and you do not cover it.", ticket=ticket_id
        )
        say(gone, "info")
        return redirect(self.list_url())

    @expose("/tickets/<ticket_id>/history")
    def history(self: Any, ticket_id: str) -> Any:
        """Who changed what, from what to what, when, by which path."""
        actor = agent_asking()
        found = history_page(actor, ticket_id, after=asked("after"))
        here = {"ticket_id": ticket_id}
        return self.framed(actor).render(
            "sgsupport/inbox/history.html",
            sg_title=_("History of %(ticket)s", ticket=ticket_id),
            found=found,
            rows=[(row, Time.of(row.at)) for row in found.rows],
            next_url=self.url_to("inbox.history", after=found.after, **here) if found.after else "",
            first_url=self.url_to("inbox.history", **here) if asked("after") else "",
        )

    @expose("/tickets/<ticket_id>/files/<key>")
    def file(self: Any, ticket_id: str, key: str) -> Response:
        """An attachment, always as a download."""
        return download(file_of(agent_asking(), ticket_id, key))

    def show_ticket(self: Any, ticket_id: str, sent: Sent) -> Any:
        """Draw the ticket page, with a form that came back where there is one."""
        actor = agent_asking()
        origin = came_from() or Filters()
        page = ticket_page(actor, ticket_id, earlier=asked("earlier"), found_in=listed_in(), saved=origin.saved)
        if page.news and is_looking() and not page.later:
            mark_read(ticket_id, actor, updated_at=page.updated_at, bell=page.newest_bell)
        reply = page.drafts.get("reply")
        if not sent.form and (fields := taken_back(reply)) is not None:
            sent = Sent("reply", fields)
        now, unknown = context_now(page) if asked("now") else (None, "")
        about, about_unknown = ((), "") if looks_again() else about_now(page)
        corrected = page.message(typed("corrected") or asked("corrected"))
        back, (before, after) = _way_back(page, came_from()), self.steps(ticket_id, page.before, page.after)
        frame = self.frame(
            actor,
            News(page.unread, page.mail_waits, page.sending),
            ticket_id=page.ticket_id,
            live=Live.PAGE,
            version=version_of_ticket(page.updated_at, page.deliveries_tried),
            onward=_onward(after, Link(back, self.list_url())) if found_in() else None,
        )
        return frame.render(
            "sgsupport/inbox/ticket.html",
            sg_title=f"{page.ticket_id} {page.subject}",
            t=page,
            sent=sent,
            sees_everything=sees_everything(actor),
            leads=Right.LEAD in actor.rights,
            here={"ticket_id": ticket_id},
            follows=page.is_followed_by(actor),
            me=actor.person.id if actor.person else "",
            back=back,
            goes_on=found_in() is not None,
            may_draft=actor.person is not None and actor.person.acting is None,
            list_url=self.list_url(),
            before=before,
            after=after,
            thread=[self._entry(page, entry) for entry in page.entries],
            opens_at=_opens_at(page),
            meta=_(
                "%(ticket)s · opened %(when)s %(where)s by %(who)s",
                ticket=page.ticket_id,
                when=format_datetime(page.created_at),
                where=via_label(page.channel),
                who=page.opened_by,
            ),
            corrected=corrected if corrected and corrected.said else None,
            correction=_correction(page, corrected),
            editing=asked("edit") or (sent.form.removeprefix("edit-") if sent.form.startswith("edit-") else ""),
            again=asked("again"),
            form=sent.token,
            sending=on_its_way_out(reply),
            drafts={
                kind: composed(page.drafts.get(kind), sent.values if sent.form == kind else None)
                for kind in ("reply", "note")
            },
            **parts_of(sent.values),
            cards=cards(page, now),
            unknown_now=unknown,
            history=[{"when": Time.of(row.at), "actor": row.actor, "text": row.text} for row in page.history],
            links=[(kind, label(), [one for one in page.links if one.kind is kind]) for kind, label in KINDS.items()],
            history_all=_all(page.history_count),
            account_removed=Time.of(page.account_removed_at),
            auto_close=Time.of(page.auto_close_at),
            snoozed_until=Time.of(page.snoozed_until),
            presets=[(preset.word, preset.label()) for preset in PRESETS],
            due=_due(page),
            about=about,
            about_unknown=about_unknown,
            buttons=() if looks_again() else offered(actor, ticket_id),
            captured=Time.of(page.captured_at),
            colleagues=[(one.label, handle_of(one.label)) for one in page.choices.agents],
            body_limit=state().settings.max_body_chars,
        )

    def _entry(self: Any, page: TicketPage, entry: MessageRow | EventRow) -> dict[str, Any]:
        here = {"ticket_id": page.ticket_id}
        if isinstance(entry, EventRow):
            shown = entry.text if entry.action == "ticket.routed" else f"{entry.actor}: {entry.text}"
            url = self.url_to("inbox.ticket", ticket_id=entry.new_ticket) if entry.new_ticket else ""
            why = self.url_to("inbox.history", **here) if entry.action == "ticket.routed" else ""
            return {"line": shown, "when": Time.of(entry.at), "url": url or why, "label": entry.new_ticket or _("why?")}
        holds = entry.part or page.ticket_id
        return {
            "line": "",
            "m": entry,
            "id": f"m-{entry.key}",
            "when": Time.of(entry.at),
            "edited": Time.of(entry.edited_at),
            "body": markdown(entry.body) if entry.public else markdown_with(entry.body, finder(page.agent_names)),
            "files": [
                {
                    "name": file.name,
                    "size": _("removed") if file.removed else format_bytes(file.size_bytes),
                    "url": "" if file.removed else self.url_to("inbox.file", key=file.key, ticket_id=holds),
                    "key": file.key,
                }
                for file in entry.files
            ],
            "deliveries": [self._delivery(page, line) for line in entry.deliveries],
            "older": [
                {"body": markdown(text.body), "editor": text.editor, "when": Time.of(text.replaced_at)}
                for text in entry.older
            ],
        }

    def _delivery(self: Any, page: TicketPage, line: DeliveryLine) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "state": line.state,
            "text": line.text,
            "key": line.key,
            "address": line.address,
            "again": line.again,
            "address_wrong": line.address_wrong,
        }
        if line.address_wrong:
            url = self.url_to("inbox.ticket", ticket_id=page.ticket_id, again=line.key, _anchor=f"sg-again-{line.key}")
            return shown | {"label": _("Correct address and send again"), "url": url}
        if not line.key:
            return shown | {"label": _("Add one"), "url": "#sg-address"}
        return shown


def _way_back(page: TicketPage, filters: Filters | None) -> str:
    """What the link to the list is called."""
    return _("Back to %(list)s", list=page.saved or title_of(filters, page.choices)) if filters else _("Inbox")


def _onward(after: Link | None, back: Link) -> Link:
    """Where whoever is done with a ticket goes on."""
    return Link(_("Next ticket"), after.url) if after else back


def _opens_at(page: TicketPage) -> str:
    """Key of the message a link opens the ticket at: the first that is new, else the newest.

    None where everything is new, since then its beginning is, and among earlier messages.
    """
    if page.later:
        return ""
    keys = [entry.key for entry in page.entries if isinstance(entry, MessageRow)]
    return page.new_from or (keys[-1] if page.looked_at and len(keys) > 1 else "")


def _all(count: int) -> str:
    return _("all %(count)s", count=count if count <= MAX_EVENTS else f"{MAX_EVENTS}+")


def _correction(page: TicketPage, message: MessageRow | None) -> str:
    """A beginning for what is to be said after a message was taken back."""
    if message is None or not message.said:
        return ""
    return _(
        "Hello %(name)s,\n\nplease disregard our message of %(when)s: it was not meant for you.\n\n",
        name=page.first_name,
        when=format_datetime(message.at),
    )


def _due(page: TicketPage) -> list[dict[str, Any]]:
    """The due times as facts of a card, each with its moment."""
    return [
        {
            "label": line.label,
            "value": line.words,
            "tone": "late" if line.late else "",
            "hint": format_datetime(line.at) if line.at else "",
        }
        for line in (page.due.lines if page.due else ())
    ]
