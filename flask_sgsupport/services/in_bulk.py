"""One act on several tickets of a list: each by the verb of the single act, in a unit of work of its own."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from ..actors import Actor
from ..errors import Busy, InvalidInput, NotFound, NotReady, SupportError
from ..i18n import gettext as _
from ..lifecycle import Act, read_status
from ..macros import Use
from ..models import Event, Ticket
from ..settings import state
from . import assigning, sorting, status
from .pressing import behind_dropdown, pressed_again
from .sorting import read_tags
from .transaction import form_key, read_before
from .using import use_macro

MOST_SECONDS = 20.0
"""No page waits longer: what was not come to by then is left, and may be sent once more."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A ticket as the list showed it.

    :param version: of the ticket, there; ``None`` asks nothing of what came since.
    """

    ticket_id: str
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be done with each.

    :param act: ``claim``, ``assign``, ``unassign``, ``status``, ``queue``, ``priority``, ``add_tag``, ``remove_tag``,
        ``spam``, ``release`` or ``macro``.
    :param value: host's id of the agent, status, key of the queue or macro, priority or tags; the others take none.
    """

    act: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one ticket.

    :param error: why nothing was done with it.
    """

    ticket_id: str
    error: SupportError | None = None


Uses = Mapping[str, Use | SupportError]
"""What a macro is to do, by ticket, or why it cannot be used there."""


def act_on_each(
    actor: Actor, wanted: Wanted, chosen: Sequence[Chosen], *, form: str | None = None, uses: Uses | None = None
) -> Sequence[Result]:
    """Carry out one act on each of these tickets, at most a page of a list.

    What is refused is refused for its ticket alone. A ticket somebody else went on with since the list was shown is
    refused. Their events carry one ``request_id``.

    :param form: random text of the form: sent again, it does again what was refused only.
    :param uses: where the act is a macro, what it does with each ticket.
    :raises InvalidInput: nothing was chosen, or what is to be done is not known.
    """
    tickets = list({one.ticket_id: one for one in chosen}.values())
    if not tickets:
        raise InvalidInput({"tickets": _("Select tickets first.")})
    act = _checked(wanted)
    key = (form_key(actor, f"{form}\x00{act.act}\x00{act.value}") or "")[:32] if form else ""
    done = _done_before(actor, key, tickets) if key else set()
    by = replace(actor, request_id=key) if key else actor
    began, most = time.monotonic(), state().settings.page_size
    results = []
    for number, one in enumerate(tickets):
        late = number >= most or (number and time.monotonic() - began > MOST_SECONDS)
        if one.ticket_id in done:
            results.append(Result(one.ticket_id))
        elif late:
            results.append(Result(one.ticket_id, Busy(_("Not reached: there were too many at once. Send it again."))))
        else:
            results.append(Result(one.ticket_id, _refusal(by, act, one, uses or {}, key)))
    return results


def _refusal(actor: Actor, wanted: Wanted, one: Chosen, uses: Uses, key: str) -> SupportError | None:
    """Carry out the act on one ticket; why it was refused, if it was."""
    try:
        if wanted.act == "macro":
            _use(actor, one, uses, key)
        else:
            _carry_out(actor, wanted, one)
    except NotReady:
        raise
    except SupportError as error:
        return None if pressed_again(error, actor, one.ticket_id, _pressed(wanted)) else error
    return None


def _use(actor: Actor, one: Chosen, uses: Uses, key: str) -> None:
    use = uses.get(one.ticket_id) or NotFound(_("There is no ticket %(ticket)s here.", ticket=one.ticket_id))
    if isinstance(use, SupportError):
        raise use
    form = f"{key} {one.ticket_id}" if key else None
    use_macro(one.ticket_id, actor, use, version=one.version, listed=one.version, form=form)


def _carry_out(actor: Actor, wanted: Wanted, one: Chosen) -> None:
    number, value, listed = one.ticket_id, wanted.value, one.version
    match wanted.act:
        case "claim":
            assigning.claim(number, actor, listed=listed)
        case "assign":
            assigning.assign(number, actor, value, listed=listed)
        case "unassign":
            assigning.unassign(number, actor, listed=listed)
        case "status":
            status.set_status(number, actor, read_status(value), listed=listed)
        case "queue" | "priority":
            sorting.change_fields(number, actor, {wanted.act: value}, version=listed, listed=listed)
        case "add_tag":
            sorting.change_tags(number, actor, add=value, listed=listed)
        case "remove_tag":
            sorting.change_tags(number, actor, remove=value, listed=listed)
        case "spam":
            sorting.put_aside(number, actor, _("marked as spam"), listed=listed)
        case "release":
            sorting.release(number, actor, listed=listed)


NAMED = frozenset({"assign", "status", "queue", "priority", "add_tag", "remove_tag", "macro"})
"""Acts that take a value."""
BARE = frozenset({"claim", "unassign", "spam", "release"})


def _checked(wanted: Wanted) -> Wanted:
    """The act as it can be carried out.

    :raises InvalidInput: there is no such act, or its value is missing or none.
    """
    value = wanted.value.strip()
    if wanted.act.endswith("_tag") and not read_tags(value):
        raise InvalidInput({"tag": _("Type a tag first.")})
    if wanted.act not in NAMED | BARE or (wanted.act in NAMED and not value):
        raise InvalidInput({"act": _("Choose what shall be done with the selected tickets.")})
    if wanted.act == "status":
        read_status(value)
    return Wanted(wanted.act, value if wanted.act in NAMED else "")


def _pressed(wanted: Wanted) -> Collection[Act]:
    """The acts of the lifecycle behind it that say of themselves how a ticket stands, see `pressed_again`."""
    match wanted.act:
        case "status":
            return behind_dropdown(wanted.value)
        case "spam":
            return {Act.FILTER}
        case "release":
            return {Act.RELEASE}
    return ()


def _done_before(actor: Actor, key: str, tickets: Sequence[Chosen]) -> set[str]:
    """Those with which an earlier sending of the same form has done it."""
    numbers = [one.ticket_id for one in tickets]
    wanted = (
        select(Ticket.ticket_id)
        .join(Event, Event.ticket_pk == Ticket.pk)
        .where(Ticket.ticket_id.in_(numbers), Event.request_id == key)
        .distinct()
    )
    return set(read_before(actor, lambda session: session.scalars(wanted).all()))
