"""One ticket as its account sees it: the whole history, and a place to go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from ..actors import Actor
from ..i18n import format_bytes, format_datetime, ngettext
from ..i18n import gettext as _
from ..queries.own_ticket import OwnMessage, OwnTicket, own_ticket
from ..queries.polling import version_of_ticket
from ..rated import field_as
from ..safe_html import markdown
from ..services.reading import mark_read
from ..settings import state
from ..web.asking import asked, customer, is_looking, new_form
from ..web.page import Live, Time, joined
from .frame import frame


@dataclass(frozen=True, slots=True)
class Sent:
    """A follow-up that was sent and comes back: refused, or to be previewed; or what was written with a rating.

    :param form: the random text all forms of the page are made with.
    :param refusal: why, where it is about no field.
    :param lead: what is said above the field.
    """

    body: str = ""
    form: str = ""
    body_error: str = ""
    files_error: str = ""
    refusal: str = ""
    comment: str | None = None
    comment_error: str = ""
    preview: Markup | str = ""
    lead: str = ""


NOTHING_SENT = Sent()


@dataclass(frozen=True, slots=True)
class RatingCard:
    """How the help was, as the page shows it.

    :param said: who said what, and when; empty where nobody has.
    :param words: what was written with it, where it does not stand in the field.
    :param may: it can be said now.
    :param score: the button that is pressed; empty where none is.
    :param comment: what stands in the field; ``None`` shows none.
    :param seen: what its form brings back, so that it undoes nothing it did not show.
    :param untouched: what its form brings back of the field, so that it is known whether anything was typed.
    :param replaces: a colleague said it, with words that go where somebody else says it otherwise.
    """

    said: str
    words: str
    may: bool
    score: str
    comment: str | None
    comment_error: str = ""
    seen: str = ""
    untouched: str = ""
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class Composer:
    """How a customer may go on: a sentence on what sending does, and the buttons that do it."""

    label: str
    lead: str
    buttons: Sequence[dict[str, str]]


def ticket(ticket_id: str) -> ResponseReturnValue:
    """The ticket page; looking at it marks it as read. The address of one that was merged leads on to where it is."""
    actor, earlier = customer(), asked("earlier")
    found = own_ticket(actor, ticket_id, earlier=earlier)
    if not found.merged_into:
        return _page(actor, found, NOTHING_SENT)
    # No fragment: browsers take that of the old address along, and the message it names stands there.
    return redirect(url_for("sgsupport.ticket", ticket_id=found.merged_into, part=ticket_id, earlier=earlier or None))


def show(actor: Actor, ticket_id: str, sent: Sent) -> str:
    """The page of a ticket, or of the one it was merged into, with a follow-up that came back."""
    found = own_ticket(actor, ticket_id, earlier=asked("earlier"))
    if found.merged_into:
        found = own_ticket(actor, found.merged_into)
    return _page(actor, found, sent)


def _page(actor: Actor, found: OwnTicket, sent: Sent) -> str:
    unread = found.unread_elsewhere if found.newest_bell is None else None
    if found.news and is_looking() and not found.later:
        mark_read(found.ticket_id, actor, updated_at=found.updated_at, bell=found.newest_bell)
        unread = found.unread_elsewhere
    settings = state().settings
    around = frame(
        actor,
        "sgsupport.tickets",
        poll_ticket=found.ticket_id,
        live=Live.PAGE,
        version=version_of_ticket(found.updated_at),
        unread=unread,
    )
    return around.render(
        "sgsupport/panel/ticket.html",
        sg_title=f"{found.ticket_id} {found.subject}",
        t=found,
        here={"ticket_id": found.ticket_id},
        meta=_meta(found),
        came_from=next((number for number, __ in found.parts if number == asked("part")), ""),
        solved_sentence=solved_sentence(found),
        thread=[_entry(entry, found) for entry in found.entries],
        earlier_url=_earlier_url(found),
        composer=_composer(found, sent.lead),
        rating=rating_card(found, sent),
        sent=sent,
        errors=[
            (field, sentence)
            for field, sentence in (
                ("sg-reply-body", sent.body_error),
                ("sg-reply-files", sent.files_error),
                ("sg-comment", sent.comment_error),
            )
            if sentence
        ],
        form=sent.form or new_form(),
        files=settings.max_files_per_message > 0,
        files_hint=_(
            "Up to %(count)s files of %(size)s each.",
            count=settings.max_files_per_message,
            size=format_bytes(settings.max_file_bytes),
        ),
        split_from_url=url_for("sgsupport.ticket", ticket_id=found.split_from) if found.split_from else "",
        follow_up_of_url=url_for("sgsupport.ticket", ticket_id=found.follow_up_of) if found.follow_up_of else "",
    )


def solved_sentence(found: OwnTicket) -> str:
    """When it closes, and how long it can be reopened then."""
    days = found.reopen_within_days
    if days is None:
        then = _("You can reopen it at any time after that.")
    elif days == 0:
        then = _("After that a follow-up opens a new ticket linked to it.")
    else:
        then = ngettext(
            "You can reopen it for %(num)d day after that.", "You can reopen it for %(num)d days after that.", days
        )
    if found.closes_at is None:
        return _("Tell us whether it is.")
    when = format_datetime(found.closes_at)
    return f"{_('It closes on %(when)s unless you reply.', when=when)} {then}"


def rating_card(found: OwnTicket, sent: Sent = NOTHING_SENT) -> RatingCard | None:
    """What was said of the help, and whether it can be said now; ``None`` where neither."""
    given, may, seen = found.rating, found.ways.rate, found.rating_shown
    if given is None:
        return RatingCard("", "", may, "", sent.comment, sent.comment_error, seen, field_as("")) if may else None
    said = given.sentence
    if given.earlier or not may:
        return RatingCard(said, given.comment, may, "", sent.comment, sent.comment_error, seen, field_as(""))
    standing = given.comment if given.mine else ""
    comment = standing if sent.comment is None else sent.comment
    return RatingCard(
        said=said,
        words="" if comment == given.comment else given.comment,
        may=may,
        score=given.score,
        comment=comment,
        comment_error=sent.comment_error,
        seen=seen,
        untouched=field_as(standing),
        replaces=bool(given.comment) and not given.mine,
    )


def _opened(found: OwnTicket, when: str) -> str:
    if found.split_from:
        return _("Opened %(when)s by support", when=when)
    if found.opened_for_them is not None:
        agent = found.opened_for_them
        if found.mine:
            return _("Opened %(when)s by %(agent)s, for you", when=when, agent=agent)
        return _("Opened %(when)s by %(agent)s, for %(who)s", when=when, agent=agent, who=found.opened_by)
    if found.mine:
        return _("Opened %(when)s by you", when=when)
    return _("Opened %(when)s by %(who)s", when=when, who=found.opened_by)


def _meta(found: OwnTicket) -> Markup:
    opened = _opened(found, format_datetime(found.opened_at))
    last = Time.of(found.updated_at)
    updated = _("last update %(when)s", when=last.short) if last else ""
    about = _("about %(what)s", what=", ".join(found.about)) if found.about else ""
    return joined([opened, updated, found.category, ", ".join(found.sites), about])


def _earlier_url(found: OwnTicket) -> str:
    return url_for("sgsupport.ticket", ticket_id=found.ticket_id, earlier=found.earlier) if found.earlier else ""


def _entry(entry: Any, found: OwnTicket) -> dict[str, Any]:
    if not isinstance(entry, OwnMessage):
        url = url_for("sgsupport.ticket", ticket_id=entry.leads_to) if entry.leads_to else ""
        return {"line": entry.text, "when": Time.of(entry.at), "url": url, "label": _("show it")}
    return {
        "line": "",
        "id": f"m-{entry.key}",
        "kind": "reply" if entry.by_support else "customer",
        "author": entry.author,
        "role": _role(entry, found),
        "when": Time.of(entry.at),
        "body": markdown(entry.body),
        "files": [
            {
                "name": file.name,
                "size": _("removed") if file.removed else format_bytes(file.size_bytes),
                "url": "" if file.removed else url_for("sgsupport.download", key=file.key),
            }
            for file in entry.files
        ],
    }


def _role(entry: OwnMessage, found: OwnTicket) -> str:
    if entry.on_behalf and found.mine:
        role = _("for you") if entry.author == _("Support") else _("support, for you")
    elif entry.on_behalf:
        who = found.opened_by
        role = _("for %(who)s", who=who) if entry.author == _("Support") else _("support, for %(who)s", who=who)
    elif entry.by_support:
        role = _("support")
    else:
        role = _("you") if entry.mine else ""
    part = _("in %(ticket)s", ticket=entry.part) if entry.part else ""
    return " · ".join(word for word in (role, part, _("by e-mail") if entry.via == "mail" else "") if word)


def _composer(found: OwnTicket, lead: str) -> Composer:
    """What is below the conversation.

    :param lead: what is said first of all above the field.
    """
    ways = found.ways
    if ways.confirm:
        return Composer(
            _("Write a follow-up"),
            lead,
            [
                {"label": _("Send, that solved it"), "name": "solved", "value": "1", "kind": ""},
                {"label": _("Send, I still need help"), "name": "still_need_help", "value": "1", "kind": "primary"},
            ],
        )
    plain = {"name": "plain", "value": "1", "kind": "primary"}
    said, label = [lead] if lead else [], _("Send")
    if ways.go_on_in_new:
        said.append(
            _("This ticket was closed too long ago to be reopened: your message opens a new one, linked to it.")
        )
        label = _("Send as a new ticket")
    elif ways.reopen:
        said.append(_("This ticket is closed. Your message reopens it."))
        if found.may_reopen_until is not None:
            said.append(_("That is possible until %(when)s.", when=format_datetime(found.may_reopen_until)))
        label = _("Send and reopen")
    elif asked("tell"):
        said.append(_("Tell support what is still wrong."))
    return Composer(_("Write a follow-up"), " ".join(said), [{"label": label} | plain])
