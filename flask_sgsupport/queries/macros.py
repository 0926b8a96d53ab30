"""Macros: those an agent keeps, and one as it would be used on a ticket, its texts filled and what it does in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, and_, case, or_, select

from ..actors import Actor, Right
from ..errors import InvalidInput, NotFound, SupportError
from ..i18n import gettext as _
from ..lifecycle import status_label
from ..macros import AGENT, MAX_MACROS, ME, NOBODY, Filled, Use, action_label, fill, read_actions
from ..models import Category, Macro, Queue, Ticket, TicketSite
from ..permissions import macros_kept_by, macros_offered_to, missing, visible_to
from ..routing import priority_label
from ..settings import state
from .choices import Choices, agent_part, ask, bounded, category_part, every_queue_part, gathered, part
from .people import first_name

MAX_ROWS = 1000

SAMPLE: Mapping[str, str] = {
    "ticket.id": "TKT-2026-04881",
    "ticket.subject": "Checkout failing on Canvas Tote",
    "requester.name": "Jerome Ellis",
    "requester.first_name": "Jerome",
    "account.name": "Northwind Outfitters",
    "site.name": "tote.example",
    "queue.name": "Support",
    "category.name": "Storefront",
    "agent.name": "Ada",
}
"""What stands in the preview of a text that is not on a ticket yet."""


@dataclass(frozen=True, slots=True)
class MacroRow:
    """A macro as its keeper sees it; ``offered_in`` is the key of a queue, "" for all."""

    key: str
    name: str
    body: str
    actions: Mapping[str, str]
    offered_in: str
    offered_in_name: str
    shared: bool
    kept: bool
    active: bool
    position: int


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing a macro would do: what is sent, what is shown, and why it cannot be done, if so."""

    name: str
    value: str
    words: str
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Inserted:
    """A macro on a ticket.

    :param gaps: a sentence for each variable of which nothing is known.
    """

    key: str
    name: str
    text: str = ""
    gaps: Sequence[str] = ()
    offers: Sequence[Offer] = field(default_factory=list)


def macros(actor: Actor) -> list[MacroRow]:
    """The macros an agent may use or change: everybody's first, and of those they keep the disabled ones last."""
    wanted = (
        select(
            Macro.key,
            Macro.name,
            Macro.body,
            Macro.actions,
            Queue.key.label("offered_in"),
            Queue.name.label("offered_in_name"),
            Macro.owner_pk.is_(None).label("shared"),
            case((macros_kept_by(actor), True), else_=False).label("kept"),
            Macro.active,
            Macro.position,
        )
        .outerjoin(Queue, Queue.pk == Macro.queue_pk)
        .where(or_(_offered(actor), macros_kept_by(actor)))
        .order_by(Macro.active.desc(), Macro.position, Macro.pk)
        .limit(MAX_ROWS)
    )
    rows = state().db.session.execute(wanted).all()
    found = [
        MacroRow(
            key=row.key,
            name=row.name,
            body=row.body,
            actions=read_actions(row.actions),
            offered_in=row.offered_in or "",
            offered_in_name=row.offered_in_name or "",
            shared=bool(row.shared),
            kept=bool(row.kept),
            active=row.active,
            position=row.position,
        )
        for row in rows
    ]
    return sorted(found, key=lambda row: not row.shared)


def macro(actor: Actor, key: str) -> MacroRow:
    """One macro this agent may change.

    :raises NotFound: there is none.
    """
    found = next((row for row in macros(actor) if row.key == key and row.kept), None)
    if found is None:
        raise NotFound(_("There is no such macro."))
    return found


def offerable() -> Choices:
    """The queues, categories and agents a macro may name."""
    return gathered(ask([every_queue_part(), category_part(), agent_part()]))


def macro_part(actor: Actor, *, queue_pk: int) -> Select[Any]:
    """A branch of `choices.ask`: the macros offered on a ticket of this queue, one's own first."""
    own_first = case((Macro.owner_pk.is_(None), Macro.position + 1_000_000), else_=Macro.position)
    branch = part("macro", Macro.key, Macro.name, Macro.pk, position=own_first)
    branch = branch.where(_offered(actor), or_(Macro.queue_pk.is_(None), Macro.queue_pk == queue_pk))
    return bounded(branch.order_by(own_first, Macro.pk).limit(2 * MAX_MACROS))


def macro_list_parts(actor: Actor) -> list[Select[Any]]:
    """Branches of `choices.ask`: the macros that may be used on several tickets, and those that have a reply."""
    own_first = case((Macro.owner_pk.is_(None), Macro.position + 1_000_000), else_=Macro.position)
    found = []
    for kind, which in (("macro", Macro.body == ""), ("canned", Macro.body != "")):
        branch = part(kind, Macro.key, Macro.name, Macro.pk, position=own_first).where(_offered(actor), which)
        found.append(bounded(branch.order_by(own_first, Macro.pk).limit(2 * MAX_MACROS)))
    return found


def uses_on(actor: Actor, ticket_ids: Collection[str], key: str) -> dict[str, Use | SupportError]:
    """What a macro without a reply is to do with each of these tickets that the agent sees, or why it cannot be used.

    :raises InvalidInput: no such macro is offered, or it has a reply.
    """
    session = state().db.session
    asked = select(Macro.name, Macro.body, Macro.actions, Macro.queue_pk).where(Macro.key == key, _offered(actor))
    row = session.execute(asked).first()
    if row is None:
        raise InvalidInput({"macro": _("Choose a macro.")})
    if row.body:
        raise InvalidInput(
            {"macro": _("“%(name)s” has a reply: use it on each ticket, where it is read.", name=row.name)}
        )
    actions = read_actions(row.actions)
    offers = _offers(actor, {name: said for name, said in actions.items() if name != "note"})
    refusal = next((f"{one.words}: {one.refusal}" for one in offers if one.refusal), "")
    does = {one.name: one.value for one in offers}
    wanted = select(Ticket.ticket_id, Ticket.queue_pk, *_told_of_a_ticket()).outerjoin(
        Queue, Queue.pk == Ticket.queue_pk
    )
    wanted = wanted.outerjoin(Category, Category.pk == Ticket.category_pk)
    found: dict[str, Use | SupportError] = {}
    for one in session.execute(wanted.where(Ticket.ticket_id.in_(ticket_ids), visible_to(actor))):
        note = fill(actions.get("note", ""), _values(actor, one.ticket_id, one))
        why = refusal or next(iter(note.gaps), "")
        if row.queue_pk not in {None, one.queue_pk}:
            why = _("This macro is not offered in the queue of this ticket.")
        with_note = {"note": note.text} if "note" in actions else {}
        found[one.ticket_id] = InvalidInput({"macro": why}) if why else Use(key, does | with_note)
    return found


def inserted(actor: Actor, ticket_id: str, key: str) -> Inserted:
    """A macro with this ticket's values.

    :raises NotFound: there is no such ticket for this agent.
    :raises InvalidInput: no such macro is offered on it.
    """
    here = or_(Macro.queue_pk.is_(None), Macro.queue_pk == Ticket.queue_pk)
    wanted = (
        select(
            *_told_of_a_ticket(),
            Macro.name,
            Macro.body,
            Macro.actions,
        )
        .outerjoin(Queue, Queue.pk == Ticket.queue_pk)
        .outerjoin(Category, Category.pk == Ticket.category_pk)
        .outerjoin(Macro, and_(Macro.key == key, _offered(actor), here))
        .where(Ticket.ticket_id == ticket_id, visible_to(actor))
    )
    row = state().db.session.execute(wanted).first()
    if row is None:
        raise NotFound(_("There is no ticket %(ticket)s here.", ticket=ticket_id))
    if row.name is None:
        raise InvalidInput({"macro": _("Choose a macro.")})
    values = _values(actor, ticket_id, row)
    body, actions = fill(row.body, values), read_actions(row.actions)
    note = fill(actions.get("note", ""), values)
    if "note" in actions:
        actions["note"] = note.text
    return Inserted(key, row.name, body.text, (*body.gaps, *note.gaps), _offers(actor, actions))


def filled_for(actor: Actor, ticket_ids: Collection[str], key: str) -> dict[str, Filled]:
    """The text of a macro with the values of each of these tickets that the agent sees, and of no other.

    :raises InvalidInput: no such macro is offered.
    """
    session = state().db.session
    body = session.scalar(select(Macro.body).where(Macro.key == key, _offered(actor)))
    if body is None:
        raise InvalidInput({"macro": _("Choose a macro.")})
    wanted = select(Ticket.ticket_id, *_told_of_a_ticket()).outerjoin(Queue, Queue.pk == Ticket.queue_pk)
    wanted = wanted.outerjoin(Category, Category.pk == Ticket.category_pk)
    wanted = wanted.where(Ticket.ticket_id.in_(ticket_ids), visible_to(actor))
    return {row.ticket_id: fill(body, _values(actor, row.ticket_id, row)) for row in session.execute(wanted)}


def _told_of_a_ticket() -> list[Any]:
    """The columns `_values` reads, of a statement joined with queue and category."""
    site = select(TicketSite.name).where(TicketSite.ticket_pk == Ticket.pk).order_by(TicketSite.position).limit(1)
    return [
        Ticket.subject,
        Ticket.requester_name,
        Ticket.account_name,
        Queue.name.label("queue"),
        Category.name.label("category"),
        site.correlate(Ticket).scalar_subquery().label("site"),
    ]


def _values(actor: Actor, ticket_id: str, row: Any) -> dict[str, str]:
    return {
        "ticket.id": ticket_id,
        "ticket.subject": row.subject,
        "requester.name": row.requester_name,
        "requester.first_name": first_name(row.requester_name),
        "account.name": row.account_name,
        "site.name": row.site or "",
        "queue.name": row.queue or "",
        "category.name": row.category or "",
        "agent.name": actor.public_name or actor.name,
    }


def _offered(actor: Actor) -> Any:
    return and_(Macro.active.is_(True), macros_offered_to(actor))


def _offers(actor: Actor, actions: Mapping[str, str]) -> list[Offer]:
    names = offerable() if actions.keys() & {"queue", "category", "assignee"} else Choices()
    found = []
    for name, said in actions.items():
        value, words = _in_words(actor, name, said, names)
        refusal = "" if words else _("This is not there any more, or not in use.")
        if name == "assignee" and Right.ASSIGN not in actor.rights:
            refusal = missing(Right.ASSIGN)
        found.append(Offer(name, value, f"{action_label(name)}: {words or said.removeprefix(AGENT)}", refusal))
    return found


def _in_words(actor: Actor, name: str, said: str, names: Choices) -> tuple[str, str]:
    """What is sent and shown of one action; no words for what is not there."""
    match name:
        case "status":
            return said, status_label(said)
        case "priority":
            return said, priority_label(said)
        case "queue" | "category":
            listed = names.queues if name == "queue" else names.categories
            return said, next((one.label for one in listed if one.key == said), "")
        case "assignee" if said == NOBODY:
            return "", _("nobody")
        case "assignee" if said == ME:
            return (actor.person.id if actor.person else ""), actor.name if actor.agent_pk else ""
        case "assignee":
            agent = said.removeprefix(AGENT)
            return agent, next((one.label for one in names.agents if one.key == agent), "")
        case _:
            return said, said
