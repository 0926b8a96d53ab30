"""Change where a ticket belongs: queue, priority, category, tags, requester; filter it, release it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import delete, select, update

from .. import signals
from ..actors import Actor, Person, Right, Side
from ..errors import InvalidInput
from ..i18n import gettext as _
from ..lifecycle import Act, decide
from ..models import Category, Delivery, Queue, TicketTag
from ..notifications import EMAIL, NOTICES
from ..permissions import require
from ..routing import MAX_TAGS, PRIORITIES
from ..rules import RELEASED
from ..stored_text import storable
from .audience import refused_in, switched_off_by
from .crossing import ADDRESSEE, check_listed, check_shown, check_version
from .holding import touch
from .placing import put_into_queue, queue_in_use, record_change, routed, routing
from .ruling import run_on
from .standing import Standings
from .status import apply, ask_about_assignee, let_out, tell_of_opening
from .transaction import run
from .unit import BIND, Loaded, Unit, load


def change_fields(
    ticket_id: str,
    actor: Actor,
    changes: Mapping[str, str],
    *,
    version: int | None = None,
    listed: int | None = None,
) -> bool:
    """Change queue (key), priority, category (key or "") or tags (comma separated), each with its own audit entry.

    :param version: the version of the ticket the person saw; a field changed since by somebody else is a conflict.
    :param listed: its version in the list it was chosen from, see `check_listed`.
    :return: whether one of them was otherwise.
    :raises InvalidInput: unknown queue, category or priority, or no field of these.
    :raises StaleTicket: somebody changed one of these fields in the meantime.
    """
    strange = changes.keys() - _CHANGES.keys()
    if strange:
        raise InvalidInput({name: _("“%(name)s” is not changed here.", name=name) for name in sorted(strange)})

    def write(unit: Unit) -> bool:
        unit.standings |= asked
        loaded = load(unit, ticket_id)
        check_listed(unit, loaded.ticket, listed)
        return write_fields(unit, loaded, changes, version=version, seen=changes)

    asked: Standings = ask_about_assignee(ticket_id, actor, if_over=False) if "queue" in changes else {}
    return run(actor, write)


def change_tags(ticket_id: str, actor: Actor, *, add: str = "", remove: str = "", listed: int | None = None) -> bool:
    """Add tags and take others away, each comma separated; whatever else stands there stays.

    :param listed: its version in the list it was chosen from, see `check_listed`.
    :return: whether one of them was not there, or was.
    :raises InvalidInput: too many by then, or too long.
    """

    def write(unit: Unit) -> bool:
        loaded = load(unit, ticket_id)
        check_listed(unit, loaded.ticket, listed)
        tags = tags_after(unit, loaded, add=add, remove=remove)
        return write_fields(unit, loaded, {"tags": tags}, version=None, seen=())

    return run(actor, write)


def tags_after(unit: Unit, loaded: Loaded, *, add: str, remove: str) -> str:
    """What the tags are with those added and without those removed; nobody else's are touched."""
    now = unit.session.scalars(select(TicketTag.tag).where(TicketTag.ticket_pk == loaded.ticket.pk))
    gone = read_tags(remove)
    kept = [tag for tag in sorted(now) if tag not in gone]
    return ",".join([*kept, *read_tags(add)])


def write_fields(
    unit: Unit, loaded: Loaded, changes: Mapping[str, str], *, version: int | None, seen: Iterable[str]
) -> bool:
    """Change fields inside a unit of work, as `change_fields` does.

    :param seen: those of which the page with that version showed what stood there.
    :return: whether one of them was otherwise.
    """
    require(unit.actor, Right.HANDLE)
    decide(Act.CHANGE_FIELD, loaded.facts(unit), unit.actor)
    check_version(unit, loaded.ticket, version, seen)
    changed = [_CHANGES[name](unit, loaded, value) for name, value in changes.items()]
    return any(changed)


def correct_address(ticket_id: str, actor: Actor, email: str, *, version: int | None = None) -> bool:
    """Correct the address the requester is answered at.

    :param version: the version of the ticket the person saw.
    :return: whether it was another one.
    :raises InvalidInput: not an address.
    :raises StaleTicket: somebody else has corrected it to another one, or changed the requester in the meantime.
    """

    def write(unit: Unit) -> bool:
        loaded = load(unit, ticket_id)
        require(actor, Right.HANDLE)
        decide(Act.CHANGE_FIELD, loaded.facts(unit), actor)
        before = loaded.ticket.requester_email
        return set_requester_address(unit, loaded, email, version=version) != before

    return run(actor, write)


def set_requester_address(unit: Unit, loaded: Loaded, email: str, *, version: int | None) -> str:
    """Write the corrected address of the requester; mails that still wait go there too.

    :param version: the version of the ticket the person saw.
    :raises InvalidInput: not an address.
    :raises StaleTicket: it, or the requester, was changed by somebody else in the meantime.
    """
    ticket, address = loaded.ticket, checked_address(email)
    if address != ticket.requester_email:
        check_version(unit, ticket, version, ADDRESSEE)
        before = Person(ticket.requester_id, ticket.requester_name, ticket.requester_email)
        ticket.requester_email = address
        waiting = update(Delivery).where(
            Delivery.ticket_pk == ticket.pk,
            Delivery.recipient_id == ticket.requester_id,
            Delivery.side == str(Side.CUSTOMER),
            Delivery.channel == EMAIL,
            Delivery.state == "queued",
        )
        unit.session.execute(waiting.values(address=address), execution_options={"synchronize_session": False})
        _about_the_requester(
            unit, loaded, "requester_email", unit.person_pk(before), unit.person_pk(replace(before, email=address))
        )
    return address


def change_requester(ticket_id: str, actor: Actor, requester: Person, *, version: int | None = None) -> bool:
    """Make another person of the same account the requester.

    Of a resolved ticket they are told when it closes, and have the whole waiting time to answer. Rule L20.

    :param version: the version of the ticket the person saw.
    :return: whether it was somebody else.
    :raises InvalidInput: not of this account, or without support access there.
    :raises StaleTicket: somebody else has made another person the requester in the meantime.
    """

    def write(unit: Unit) -> bool:
        loaded = load(unit, ticket_id)
        require(actor, Right.HANDLE)
        transition = decide(Act.CHANGE_REQUESTER, loaded.facts(unit), actor)
        ticket = loaded.ticket
        membership = requester.membership(ticket.account_id)
        if not requester.active or membership is None or not membership.may_use_support:
            raise InvalidInput(
                {"requester": _("%(name)s has no access to support in this account.", name=requester.display_name)}
            )
        before_pk = ticket.requester_pk
        if requester.id == ticket.requester_id:
            return False
        check_version(unit, ticket, version, ("requester",))
        ticket.requester_pk = unit.person_pk(requester) or ticket.requester_pk
        ticket.requester_id = requester.id
        ticket.requester_name = requester.display_name[:200]
        ticket.requester_email = requester.email
        _about_the_requester(unit, loaded, "requester", before_pk, ticket.requester_pk)
        apply(unit, loaded, transition)
        if transition.row.notices:
            off = unit.session.scalar(select(switched_off_by(requester.id)), bind_arguments=BIND)
            loaded.refused[requester.id] = refused_in(off)
            # Who follows it has been told before.
            unit.notify(loaded, transition.row.notices, people=replace(unit.people(loaded), colleagues=()))
        return True

    return run(actor, write)


def release(ticket_id: str, actor: Actor, *, version: int | None = None, listed: int | None = None) -> None:
    """Not spam: the rules run, the ticket comes into its queue and everybody is told who would have been. Rule L3.

    The requester gets a receipt only if there never was one; what else the customer sees says nothing of the filter.

    :param version: the version of the ticket the person saw.
    :param listed: its version in the list it was chosen from, see `check_listed`.
    :raises StaleTicket: somebody else has put it there anew in the meantime.
    """

    def write(unit: Unit) -> None:
        loaded = load(unit, ticket_id)
        require(actor, Right.HANDLE)
        check_listed(unit, loaded.ticket, listed)
        if loaded.ticket.filtered_reason is not None:
            check_version(unit, loaded.ticket, version, ("filtered",))
        transition = let_out(unit, loaded)
        run_on(unit, loaded, RELEASED).tell(unit, loaded)
        names = _not_told_yet(unit, loaded, transition.row.notices)
        tell_of_opening(unit, loaded, names, released_by=actor.public_name or actor.name)

    run(actor, write)


def _not_told_yet(unit: Unit, loaded: Loaded, names: Sequence[str]) -> Sequence[str]:
    receipts = [notice.name for notice in NOTICES if notice.receipt]
    written = select(Delivery.pk).where(
        Delivery.ticket_pk == loaded.ticket.pk, Delivery.notice.in_(receipts), Delivery.state != "cancelled"
    )
    return names if unit.session.scalar(written.limit(1)) is None else [name for name in names if name not in receipts]


def put_aside(
    ticket_id: str, actor: Actor, reason: str = "", *, version: int | None = None, listed: int | None = None
) -> None:
    """Into Spam / Filtered by hand; nothing is dropped, one click releases it.

    :param version: the version of the ticket the person saw.
    :param listed: its version in the list it was chosen from, see `check_listed`.
    :raises StaleTicket: somebody else has gone on with it, or released it in the meantime.
    """

    def write(unit: Unit) -> None:
        loaded = load(unit, ticket_id)
        require(actor, Right.HANDLE)
        decide(Act.FILTER, loaded.facts(unit), actor)
        check_listed(unit, loaded.ticket, listed)
        check_shown(unit, loaded.ticket, version, fields=("filtered",))
        unit.ask(signals.before_ticket_routed, routed(unit, loaded))
        loaded.ticket.filtered_reason = (storable(reason).strip() or _("marked as spam by %(name)s", name=actor.name))[
            :200
        ]
        touch(unit, loaded, customer_sees=False)
        unit.record(loaded.ticket, "ticket.filtered", field="filtered", new=loaded.ticket.filtered_reason)
        unit.tell(signals.ticket_routed, routed(unit, loaded))

    run(actor, write)


def checked_address(email: str) -> str:
    """An e-mail address, normalised.

    :raises InvalidInput: it is none.
    """
    try:
        return validate_email(email.strip(), check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError as error:
        raise InvalidInput({"email": _("This is not an e-mail address: %(why)s", why=str(error))}) from error


def _set_queue(unit: Unit, loaded: Loaded, key: str) -> bool:
    queue = queue_in_use(unit, key)
    if queue.pk == loaded.queue.pk:
        return False
    move_to_queue(unit, loaded, queue)
    return True


def move_to_queue(unit: Unit, loaded: Loaded, queue: Queue) -> None:
    """Hand a ticket to another queue; its members are told, and who loses it because they do not cover the queue."""
    before = loaded.assignee
    put_into_queue(unit, loaded, queue)
    gone = before if loaded.assignee is None else None
    people = unit.people(loaded, old_assignee=gone)
    unit.notify(loaded, ("moved_staff", "unassigned_staff"), people=people, queue_name=queue.name)


def _set_priority(unit: Unit, loaded: Loaded, value: str) -> bool:
    if value not in PRIORITIES:
        raise InvalidInput({"priority": _("There is no such priority.")})
    old = loaded.ticket.priority
    if value == old:
        return False
    with routing(unit, loaded):
        loaded.ticket.priority = value
        record_change(unit, loaded, "priority", old, value)
    return True


def _set_category(unit: Unit, loaded: Loaded, key: str) -> bool:
    ticket = loaded.ticket
    wanted = select(Category).where(Category.key == storable(key), Category.active.is_(True))
    new = unit.session.scalar(wanted) if key else None
    if key and new is None:
        raise InvalidInput({"category": _("There is no such category.")})
    old = unit.session.get(Category, ticket.category_pk) if ticket.category_pk else None
    if (new.pk if new else None) == ticket.category_pk:
        return False
    with routing(unit, loaded):
        ticket.category_pk = new.pk if new else None
        record_change(unit, loaded, "category", old.name if old else None, new.name if new else None)
    return True


def _set_tags(unit: Unit, loaded: Loaded, value: str) -> bool:
    tags = read_tags(value)
    here = TicketTag.ticket_pk == loaded.ticket.pk
    old = sorted(unit.session.scalars(select(TicketTag.tag).where(here)))
    if sorted(tags) == old:
        return False
    with routing(unit, loaded):
        unit.session.execute(delete(TicketTag).where(here))
        unit.session.add_all(TicketTag(ticket_pk=loaded.ticket.pk, tag=tag) for tag in tags)
        # Who covers the ticket is asked of the database.
        unit.session.flush()
        record_change(unit, loaded, "tags", ", ".join(old), ", ".join(sorted(tags)))
    return True


def read_tags(value: str) -> Sequence[str]:
    """Tags from a comma separated text: lower case, at most 20 of 50 characters.

    :raises InvalidInput: too many or too long.
    """
    words = (" ".join(tag.split()).lower() for tag in storable(value).split(","))
    tags = list(dict.fromkeys(filter(None, words)))
    if len(tags) > MAX_TAGS or any(len(tag) > 50 for tag in tags):
        raise InvalidInput({"tags": _("At most %(limit)s tags of 50 characters, separated by commas.", limit=MAX_TAGS)})
    return tags


_CHANGES = {"queue": _set_queue, "priority": _set_priority, "category": _set_category, "tags": _set_tags}


def _about_the_requester(unit: Unit, loaded: Loaded, name: str, old_pk: int | None, new_pk: int | None) -> None:
    touch(unit, loaded, customer_sees=False)
    unit.record(loaded.ticket, "field.changed", field=name, old_person_pk=old_pk, new_person_pk=new_pk)
