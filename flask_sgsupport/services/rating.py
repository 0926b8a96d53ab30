"""Let customers say how the help was; a ticket has one rating, which they may change."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import signals
from ..actors import Actor
from ..errors import InvalidInput, StaleTicket
from ..i18n import gettext as _
from ..lifecycle import Act, Facts, Score, decide, is_about_earlier_help, possible
from ..models import PersonRecord, Rating, Ticket
from ..notifications import BY_NAME
from ..rated import shown_as, words_of
from ..settings import state
from ..stored_text import storable
from .attaching import counting
from .conversation import wrong_body
from .limiting import MESSAGES
from .status import apply
from .transaction import read_before, run
from .unit import Loaded, Unit, load


class _Said(NamedTuple):
    score: Score
    comment: str


def rate(ticket_id: str, actor: Actor, *, good: bool, comment: str | None = None, seen: str | None = None) -> bool:
    """Say how the help was, or say it otherwise; said again as it stands, it changes nothing.

    :param comment: plain text, at most ``max_body_chars``; ``None`` leaves what the same person wrote before.
    :param seen: what the page showed of the rating (`rated.shown_as`); ``None`` asks nothing.
    :returns: whether “I still need help” would open the ticket now, which a rating leaves as it is.
    :raises TransitionRefused: the ticket is open, or support has not answered.
    :raises InvalidInput: field ``comment``: too long.
    :raises StaleTicket: the rating was changed or the ticket opened again since the page was shown.

    Sends ``ticket_rated`` after the commit. Rule R1; once the ticket was opened again and resolved anew, a rating is
    another one, and what was written with the earlier one goes with it. So go the words of another person, who would
    otherwise have written them under this one's name.
    """
    if comment and comment.strip() and (wrong := wrong_body(comment)):
        raise InvalidInput({"comment": wrong["body"]})

    def write(unit: Unit) -> bool:
        loaded = load(unit, ticket_id)
        ticket = loaded.ticket
        facts = loaded.facts(unit)
        transition = decide(Act.RATE, facts, actor)
        opens = any(row.act is Act.STILL_NEED_HELP for row in possible(facts, actor))
        given, by = _given(unit, ticket)
        before = _as_it_stands(given, ticket)
        mine = actor.person is not None and by == actor.person.id
        said = _Said(Score.GOOD if good else Score.BAD, _words(comment, before if mine else None))
        if said == before:
            return opens
        _check_seen(seen, given, ticket)
        payload = partial(_payload, unit, loaded, said)
        unit.ask(signals.before_ticket_rated, payload())
        _keep(unit, ticket, given, said, anew=before is None)
        apply(unit, loaded, transition)
        # The same score by another person is a rating of theirs, and not a comment of theirs on that one.
        old = str(before.score) if before and (mine or before.score is not said.score) else None
        unit.record(ticket, "ticket.rated", field="rating", old=old, new=str(said.score))
        wrote = bool(said.comment)
        if wrote or not good:
            unit.notify(loaded, transition.row.notices, score=str(said.score), wrote=wrote)
        else:
            for name in transition.row.notices:
                unit.retell(loaded, BY_NAME[name], score=str(said.score), wrote=wrote)
        unit.tell(signals.ticket_rated, payload)
        return opens

    try:
        return run(actor, write, counted=counting(MESSAGES))
    except StaleTicket:
        # A twin of this click: where the host's transaction cannot see what it said, it is asked past it.
        opens = _said_by_a_twin(ticket_id, actor, Score.GOOD if good else Score.BAD, comment)
        if opens is None:
            raise
        return opens


def _said_by_a_twin(ticket_id: str, actor: Actor, score: Score, comment: str | None) -> bool | None:
    """Whether “I still need help” would open the ticket, where the actor has just said this; else ``None``."""

    def read(session: Session) -> bool | None:
        unit = Unit(state(), session, actor)
        wanted = select(Ticket).where(Ticket.ticket_id == ticket_id).with_for_update(read=True)
        ticket = session.scalars(wanted.execution_options(populate_existing=True)).one()
        given, by = _given(unit, ticket)
        before = _as_it_stands(given, ticket)
        if before is None or actor.person is None or by != actor.person.id:
            return None
        if before != _Said(score, _words(comment, before)):
            return None
        facts = Facts.of(ticket, now=unit.now, limits=unit.limits)
        return any(row.act is Act.STILL_NEED_HELP for row in possible(facts, actor))

    return read_before(actor, read)


def is_unrated(session: Session, ticket: Ticket) -> bool:
    """Whether a mail may ask the customer how the help was: there was an answer, and nobody has said it yet."""
    if ticket.resolved_at is None or ticket.first_reply_at is None:
        return False
    then = session.scalar(select(Rating.reopen_count).where(Rating.ticket_pk == ticket.pk))
    return then is None or is_about_earlier_help(then, ticket.reopen_count)


def _given(unit: Unit, ticket: Ticket) -> tuple[Rating | None, str]:
    """The rating, and the host's id of who said it."""
    # A locking read: in a snapshot of the host's, another's rating would stay invisible on MariaDB.
    wanted = (
        select(Rating, PersonRecord.host_id)
        .outerjoin(PersonRecord, PersonRecord.pk == Rating.person_pk)
        .where(Rating.ticket_pk == ticket.pk)
        .with_for_update(of=Rating)
        .execution_options(populate_existing=True)
    )
    row = unit.session.execute(wanted).first()
    return (None, "") if row is None else (row[0], row[1] or "")


def _as_it_stands(rating: Rating | None, ticket: Ticket) -> _Said | None:
    """What was said of the help that ended here; a rating from before the ticket was opened again is another one."""
    if rating is None or is_about_earlier_help(rating.reopen_count, ticket.reopen_count):
        return None
    return _Said(Score(rating.score), rating.comment)


def _words(comment: str | None, before: _Said | None) -> str:
    if comment is None:
        return before.comment if before else ""
    return words_of(storable(comment))


def _check_seen(seen: str | None, rating: Rating | None, ticket: Ticket) -> None:
    if seen is None:
        return
    if rating is None:
        now = shown_as(ticket.reopen_count, None, "", None)
    else:
        now = shown_as(ticket.reopen_count, rating.score, rating.comment, rating.changed_at or rating.rated_at)
    if seen != now:
        raise StaleTicket(
            _("Something has changed since this page was shown. Look how it stands now, then say it again.")
        )


def _keep(unit: Unit, ticket: Ticket, rating: Rating | None, said: _Said, *, anew: bool) -> None:
    if rating is None:
        rating = Rating(ticket_pk=ticket.pk)
        unit.session.add(rating)
    rating.score, rating.comment = str(said.score), said.comment
    rating.person_pk = unit.person_pk(unit.actor.person)
    rating.reopen_count = ticket.reopen_count
    if anew:
        rating.rated_at, rating.changed_at = unit.now, None
    else:
        rating.changed_at = unit.now


def _payload(unit: Unit, loaded: Loaded, said: _Said) -> signals.TicketRated:
    return signals.TicketRated(
        ticket=loaded.record(), score=str(said.score), comment=said.comment, envelope=loaded.envelope(unit)
    )
