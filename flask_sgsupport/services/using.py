"""Use a macro on a ticket: what it does is done in one act, by the rules of each thing, and told under its name."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from .. import signals
from ..actors import Actor, Right
from ..errors import InvalidInput
from ..i18n import gettext as _
from ..lifecycle import Act, Status, change_to, decide
from ..macros import ACTIONS, Use
from ..models import Agent, Macro, Message
from ..permissions import macros_offered_to, require
from ..rules import REOPENED
from .assigning import assignee_for
from .conversation import Said, add_message, said_before, say_once, wrong_body
from .crossing import check_listed, check_version
from .holding import reach_again, set_assignee, touch
from .placing import put_into_queue, queue_in_use
from .ruling import run_on
from .sorting import tags_after, write_fields
from .standing import Standings, ask_about
from .status import apply, ask_about_assignee, claim_for_solver, facts_for
from .transaction import run
from .unit import Loaded, Unit, load


def use_macro(
    ticket_id: str,
    actor: Actor,
    use: Use,
    *,
    version: int | None = None,
    listed: int | None = None,
    form: str | None = None,
) -> Said:
    """Do what a macro does, without a reply to the customer.

    :param version: the version of the ticket the person saw.
    :param listed: its version in the list it was chosen from, see `check_listed`.
    :param form: random text of the form; a note it leaves is there once however often the form is sent.
    :raises InvalidInput: it does nothing, or something that cannot be done.
    :raises StaleTicket: somebody changed one of the same fields in the meantime.
    """
    if not use.actions:
        raise InvalidInput({"macro": _("Nothing is ticked. Choose what shall be done, or write a reply.")})
    note = use.actions.get("note", "")

    def write(unit: Unit) -> Said:
        unit.standings |= asked
        said = said_before(unit, "internal-note", note, form) if note else None
        loaded = load(unit, ticket_id, candidate=use.actions.get("assignee", ""), said=said)
        check_listed(unit, loaded.ticket, listed, assigns="assignee" in use.actions)
        check_version(unit, loaded.ticket, version, use.actions.keys() & {"assignee", "status"})
        done = carry_out(unit, loaded, use, use.actions.get("assignee"), version=version, form=form)
        status = wanted_status(use)
        if status is not None and status != loaded.ticket.status:
            act = change_to(status, loaded.facts(unit))
            transition = decide(act, facts_for(unit, loaded, act), actor)
            apply(unit, loaded, transition)
            if "assignee" not in use.actions:
                claim_for_solver(unit, loaded, transition)
            if transition.row.reopens:
                run_on(unit, loaded, REOPENED).tell(unit, loaded)
            unit.notify(loaded, transition.row.notices)
        tell_of(unit, loaded, done)
        return Said(ticket_id, done.note.key if done.note else None)

    asked = ask_for(use, ticket_id, actor)
    if not note:
        return run(actor, write)
    sent = ("macro", use.key, *sorted(use.actions.items()))
    return say_once(actor, write, *sent, form=form, ticket_id=ticket_id)


def wanted_status(use: Use) -> Status | None:
    """The status a macro sets, if any.

    :raises InvalidInput: it is none.
    """
    try:
        return Status(use.actions["status"]) if "status" in use.actions else None
    except ValueError:
        raise InvalidInput({"status": _("Choose a status.")}) from None


def ask_for(use: Use, ticket_id: str, actor: Actor) -> Standings:
    """What the host says of agents the macro gives the ticket to, or may take it from; before the unit of work.

    :raises InvalidInput: something no macro does, or a note that cannot be written.
    """
    if strange := use.actions.keys() - ACTIONS.keys():
        raise InvalidInput({name: _("There is no such field.") for name in sorted(strange)})
    if "note" in use.actions and (wrong := wrong_body(use.actions["note"])):
        raise InvalidInput({"macro": wrong["body"]})
    asked = {} if not use.actions else ask_about_assignee(ticket_id, actor, if_over="queue" not in use.actions)
    assignee = use.actions.get("assignee")
    return asked | {assignee: ask_about(assignee)} if assignee else asked


@dataclass(frozen=True, slots=True)
class Done:
    """What `carry_out` did, and how the ticket stood before: who is told turns on what the whole act made of it."""

    assignee: Agent | None
    status: str
    moved: bool
    note: Message | None


def carry_out(
    unit: Unit, loaded: Loaded, use: Use, assignee: str | None, *, version: int | None = None, form: str | None = None
) -> Done:
    """Everything a macro does beside its status, inside a unit of work; of it tells `tell_of`, at the end.

    :param assignee: the host's id of the agent who gets it, the candidate of ``loaded``; "" for nobody, ``None`` for no
        change.
    :raises InvalidInput: the macro is gone, or a field cannot be set so.
    """
    actor, ticket, before = unit.actor, loaded.ticket, loaded.assignee
    require(actor, Right.HANDLE)
    offered = select(Macro.name).where(Macro.key == use.key, Macro.active.is_(True), macros_offered_to(actor))
    name = unit.session.scalar(offered)
    if name is None:
        raise InvalidInput({"macro": _("This macro is not there any more. Choose another.")})
    unit.record(ticket, "macro.used", new=name, macro=use.key)
    changes = {field: use.actions[field] for field in ("priority", "category") if field in use.actions}
    if "add_tags" in use.actions or "remove_tags" in use.actions:
        add, remove = (use.actions.get(name, "") for name in ("add_tags", "remove_tags"))
        changes["tags"] = tags_after(unit, loaded, add=add, remove=remove)
    queue = queue_in_use(unit, use.actions["queue"]) if "queue" in use.actions else loaded.queue
    moved, status = queue.pk != loaded.queue.pk, ticket.status
    if changes or moved:
        # Tags are added and taken away: whatever somebody else made of them stays.
        write_fields(
            unit, loaded, changes, version=version, seen=use.actions.keys() & {"queue", "priority", "category"}
        )
        if moved:
            put_into_queue(unit, loaded, queue)
        reach_again(unit, loaded)
    if assignee is not None:
        agent = assignee_for(unit, loaded, assignee)
        if agent is not loaded.assignee:
            set_assignee(unit, loaded, agent)
    note = _leave_note(unit, loaded, use.actions["note"], form) if "note" in use.actions else None
    return Done(before, status, moved, note)


def tell_of(unit: Unit, loaded: Loaded, done: Done) -> None:
    """Tell whom it concerns, each once: who is told of getting the ticket, or its status, needs no line on a note."""
    now = loaded.assignee
    changed = now is not done.assignee
    names = (
        ("moved_staff", "assigned_staff", "unassigned_staff") if done.moved else ("assigned_staff", "unassigned_staff")
    )
    people = unit.people(loaded, old_assignee=done.assignee if changed else None, new_assignee=now if changed else None)
    loaded.told = {*loaded.told, *unit.notify(loaded, names, people=people)}
    if done.note is not None and loaded.ticket.status == done.status:
        unit.notify(loaded, decide(Act.NOTE, loaded.facts(unit), unit.actor).row.notices, message=done.note)


def _leave_note(unit: Unit, loaded: Loaded, body: str, form: str | None) -> Message:
    decide(Act.NOTE, loaded.facts(unit), unit.actor)
    message = add_message(unit, loaded, kind="internal-note", body=body, form=form, before=signals.before_note_added)
    touch(unit, loaded, customer_sees=False)
    return message
