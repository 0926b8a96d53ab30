"""Several tickets of a list: what may be done with them, what was sent, and what is shown of what became of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import chain

from flask import session

from ..actors import Actor, Right
from ..i18n import gettext as _
from ..lifecycle import status_label
from ..macros import STATUSES
from ..queries.choices import Choice, Choices
from ..queries.inbox import Known
from ..routing import PRIORITIES, priority_label
from ..services.in_bulk import Chosen, Result, Wanted
from ..web.asking import new_form, nobody_looks, typed, typed_list, whole_number

KEY = "sgsupport_done"
MAX_SHOWN = 200
"""So much of a value is kept in the session, which is a cookie."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that may be done: what is sent, what is shown; ``left_out`` where it is not done with several."""

    value: str
    label: str
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class Offers:
    """What may be done with the selected tickets, in groups; ``claim`` where they may be taken."""

    claim: bool
    groups: Sequence[tuple[str, Sequence[Offer]]]

    def words(self, wanted: Wanted) -> str:
        """What was to be done, as it was chosen."""
        if wanted.act in _TAGS:
            return f"{_TAGS[wanted.act]()}: {wanted.value}"
        for label, offers in self.groups:
            for one in offers:
                if one.value == _sent(wanted):
                    return f"{label}: {one.label}"
        return _("Assign to me") if wanted.act == "claim" else wanted.value


@dataclass(frozen=True, slots=True)
class Refused:
    """A ticket with which it was not done, and why; with its box where it can be tried again and stands in no row."""

    ticket_id: str
    subject: str
    why: str
    box: str


@dataclass(frozen=True, slots=True)
class Bulk:
    """What is shown of an act on several tickets.

    :param wanted: what was to be done; ``None`` where nothing was.
    :param done: the numbers of those with which it was.
    :param selected: the boxes that are ticked.
    :param chosen: what stands chosen to be done.
    :param problem: why nothing was tried.
    """

    wanted: Wanted | None = None
    done: Sequence[str] = ()
    refused: Sequence[Refused] = ()
    selected: Collection[str] = ()
    chosen: str = ""
    tag: str = ""
    problem: str = ""
    form: str = field(default_factory=new_form)


_TAGS = {"add_tag": lambda: _("Add tag"), "remove_tag": lambda: _("Remove tag")}


def offers(actor: Actor, choices: Choices) -> Offers:
    """What a list offers; each verb asks again for each ticket."""
    may_assign = Right.ASSIGN in actor.rights
    assignees = [_offer("unassign", "", _("Nobody")), *_to_assign(choices.agents)]
    groups = [
        *([(_("Assignee"), assignees)] if may_assign else []),
        (_("Status"), [_offer("status", str(one), status_label(one)) for one in STATUSES]),
        (_("Priority"), [_offer("priority", one, priority_label(one)) for one in PRIORITIES]),
        (_("Queue"), _named("queue", choices.destinations)),
        (_("Macro"), [*_named("macro", choices.macros), *map(_on_a_ticket_only, choices.canned)]),
        (_("Spam / Filtered"), [_offer("spam", "", _("Mark as spam")), _offer("release", "", _("Release: not spam"))]),
    ]
    return Offers(may_assign and actor.agent_pk is not None, groups)


def box(ticket_id: str, version: int) -> str:
    """What the box of a ticket sends."""
    return f"{ticket_id}~{version}"


def boxes(picked: Sequence[Chosen]) -> set[str]:
    """Their boxes as they were sent."""
    return {box(one.ticket_id, one.version) for one in picked if one.version is not None}


def chosen() -> list[Chosen]:
    """The tickets whose boxes were ticked; with the one for all of them, those of the page."""
    boxes = chain(typed_list("ticket"), typed("page").split() if typed("all") else ())
    return [_read(one) for one in boxes]


def wanted() -> Wanted:
    """What is to be done: what the pressed button says, the list of acts, or the tag that Enter was pressed behind."""
    act, listed, tag = typed("act"), typed("chosen"), typed("tag")
    if act in _TAGS or (not act and tag.strip()):
        return Wanted(act or "add_tag", tag)
    if act == "claim":
        return Wanted(act)
    name, __, value = listed.partition(":")
    return Wanted(name, value)


def shown(wanted: Wanted, results: Sequence[Result], left: Sequence[Known]) -> Bulk:
    """What is shown where something was refused; it stays selected, unless it is out of sight."""
    now = {one.ticket_id: one for one in left}
    refused = []
    for one in results:
        if one.error is not None:
            ticket = now.get(one.ticket_id)
            again = box(one.ticket_id, ticket.version) if ticket else ""
            refused.append(Refused(one.ticket_id, ticket.subject if ticket else "", one.error.sentence, again))
    return Bulk(
        wanted=wanted,
        done=[one.ticket_id for one in results if one.error is None],
        refused=refused,
        selected={one.box for one in refused if one.box},
        chosen=_sent(wanted),
        tag=typed("tag"),
    )


def remember(wanted: Wanted, done: Sequence[str]) -> None:
    """Show it on the list the answer leads to."""
    session[KEY] = [wanted.act, wanted.value[:MAX_SHOWN], list(done)]


def done_before() -> Bulk:
    """What the last act on several tickets did, where it waits to be shown."""
    if nobody_looks() or KEY not in session:
        return Bulk()
    act, value, done = session.pop(KEY)
    return Bulk(Wanted(act, value), done)


def _offer(act: str, value: str, label: str) -> Offer:
    return Offer(_sent(Wanted(act, value)), label)


def _on_a_ticket_only(one: Choice) -> Offer:
    return Offer("", _("%(name)s (has a reply: on a ticket’s own page)", name=one.label), left_out=True)


def _named(act: str, listed: Sequence[Choice]) -> list[Offer]:
    return [_offer(act, one.key, one.label) for one in listed]


def _to_assign(listed: Sequence[Choice]) -> list[Offer]:
    return [_offer("assign", one.key, one.to_be_given) for one in listed]


def _sent(wanted: Wanted) -> str:
    return f"{wanted.act}:{wanted.value}" if wanted.value else wanted.act


def _read(text: str) -> Chosen:
    number, __, version = text.partition("~")
    return Chosen(number[:50], whole_number(version))
