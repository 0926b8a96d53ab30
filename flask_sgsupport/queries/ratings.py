"""What the customers of a ticket said of the help, read with the ticket."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import aliased

from ..i18n import format_datetime
from ..i18n import gettext as _
from ..lifecycle import Score, is_about_earlier_help, score_label
from ..models import PersonRecord, Rating, Ticket
from ..rated import shown_as

SelectT = TypeVar("SelectT", bound=Select[*tuple[Any, ...]])

_RATER = aliased(PersonRecord)

RATING_COLUMNS = (
    Rating.score.label("rating_score"),
    Rating.comment.label("rating_comment"),
    Rating.rated_at,
    Rating.changed_at.label("rating_changed_at"),
    Rating.reopen_count.label("rating_reopen_count"),
    Ticket.reopen_count.label("ticket_reopen_count"),
    _RATER.name.label("rated_by"),
    _RATER.host_id.label("rated_by_id"),
)
"""Of a statement made by `with_rating`; to be read by `rating_of`."""


@dataclass(frozen=True, slots=True)
class GivenRating:
    """A rating.

    :param mine: whoever reads it said it.
    :param earlier: it is about help that was not the end of it: the ticket was opened again since.
    """

    score: str
    label: str
    comment: str
    by: str
    mine: bool
    at: datetime
    earlier: bool

    @property
    def sentence(self) -> str:
        """Who said what, and when."""
        said = {"score": self.label, "who": self.by, "when": format_datetime(self.at)}
        if self.earlier:
            return _("%(score)s, said %(who)s on %(when)s, before it was opened again.", **said)
        return _("%(score)s, said %(who)s on %(when)s.", **said)

    @property
    def complains(self) -> bool:
        """Whether the help as it is now was called bad."""
        return self.score == Score.BAD and not self.earlier


def with_rating(wanted: SelectT) -> SelectT:
    """A statement on `Ticket` with everything the columns above are read from."""
    return wanted.outerjoin(Rating, Rating.ticket_pk == Ticket.pk).outerjoin(_RATER, _RATER.pk == Rating.person_pk)


def rating_of(row: Any, *, reader: str = "") -> GivenRating | None:
    """The rating in a row of such a statement.

    :param reader: the host's id of who reads it.
    """
    if row.rating_score is None:
        return None
    at = row.rating_changed_at or row.rated_at
    return GivenRating(
        score=row.rating_score,
        label=score_label(row.rating_score),
        comment=row.rating_comment,
        by=row.rated_by or "",
        mine=bool(reader) and row.rated_by_id == reader,
        at=at,
        earlier=is_about_earlier_help(row.rating_reopen_count, row.ticket_reopen_count),
    )


def rating_shown(row: Any) -> str:
    """What a form about the rating in such a row brings back, so that it cannot undo what it did not show."""
    at = row.rating_changed_at or row.rated_at
    return shown_as(row.ticket_reopen_count, row.rating_score, row.rating_comment or "", at)
