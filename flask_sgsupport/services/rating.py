"""Let customers say how the help was; a ticket has one rating, which they may change."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from sqlalchemy import select

from .. import signals
from ..actors import Actor
from ..errors import InvalidInput
from ..lifecycle import Act, Score, decide, is_about_earlier_help
from ..models import Rating, Ticket
from ..stored_text import storable
from .attaching import counting
from .conversation import wrong_body
from .limiting import MESSAGES
from .status import apply
from .transaction import run
from .unit import Loaded, Unit, load


class _Said(NamedTuple):
    score: Score
    comment: str


def rate(ticket_id: str, actor: Actor, *, good: bool, comment: str | None = None) -> None:
    """Say how the help was, or say it otherwise; said again as it stands, it changes nothing.

    :param comment: plain text, at most ``max_body_chars``; ``None`` leaves what was written before.
    :raises TransitionRefused: the ticket is open.
    :raises InvalidInput: field ``comment``: too long.

    Sends ``ticket_rated`` after the commit. Rule R1; once the ticket was opened again and resolved anew, a rating is
    another one, and what was written with the earlier one goes with it.
    """
    if comment and comment.strip() and (wrong := wrong_body(comment)):
        raise InvalidInput({"comment": wrong["body"]})

    def write(unit: Unit) -> None:
        loaded = load(unit, ticket_id)
        transition = decide(Act.RATE, loaded.facts(unit), actor)
        given = _given(unit, loaded.ticket)
        before = _as_it_stands(given, loaded.ticket)
        said = _Said(Score.GOOD if good else Score.BAD, _words(comment, before))
        if said == before:
            return
        payload = partial(_payload, unit, loaded, said)
        unit.ask(signals.before_ticket_rated, payload())
        _keep(unit, loaded.ticket, given, said, anew=before is None)
        apply(unit, loaded, transition)
        old = str(before.score) if before else None
        unit.record(loaded.ticket, "ticket.rated", field="rating", old=old, new=str(said.score))
        if not good:
            unit.notify(loaded, transition.row.notices)
        unit.tell(signals.ticket_rated, payload)

    run(actor, write, counted=counting(MESSAGES))


def _given(unit: Unit, ticket: Ticket) -> Rating | None:
    # A locking read: in a snapshot of the host's, another's rating would stay invisible on MariaDB.
    wanted = select(Rating).where(Rating.ticket_pk == ticket.pk).with_for_update()
    return unit.session.scalar(wanted.execution_options(populate_existing=True))


def _as_it_stands(rating: Rating | None, ticket: Ticket) -> _Said | None:
    """What was said of the help that ended here; a rating from before the ticket was opened again is another one."""
    if rating is None or is_about_earlier_help(rating.changed_at or rating.rated_at, ticket.resolved_at):
        return None
    return _Said(Score(rating.score), rating.comment)


def _words(comment: str | None, before: _Said | None) -> str:
    if comment is None:
        return before.comment if before else ""
    return storable(comment).replace("\r\n", "\n").strip()


def _keep(unit: Unit, ticket: Ticket, rating: Rating | None, said: _Said, *, anew: bool) -> None:
    if rating is None:
        rating = Rating(ticket_pk=ticket.pk)
        unit.session.add(rating)
    rating.score, rating.comment = str(said.score), said.comment
    rating.person_pk = unit.person_pk(unit.actor.person)
    if anew:
        rating.rated_at, rating.changed_at = unit.now, None
    else:
        rating.changed_at = unit.now


def _payload(unit: Unit, loaded: Loaded, said: _Said) -> signals.TicketRated:
    return signals.TicketRated(
        ticket=loaded.record(), score=str(said.score), comment=said.comment, envelope=loaded.envelope(unit)
    )
