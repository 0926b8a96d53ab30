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

SelectT = TypeVar("SelectT", bound=Select[*tuple[Any, ...]])

_RATER = aliased(PersonRecord)

RATING_COLUMNS = (
    Rating.score.label("rating_score"),
    Rating.comment.label("rating_comment"),
    Rating.rated_at,
    Rating.changed_at.label("rating_changed_at"),
    _RATER.name.label("rated_by"),
)
"""Of a statement made by `with_rating` that has ``resolved_at``, too; to be read by `rating_of`."""


@dataclass(frozen=True, slots=True)
class GivenRating:
    """A rating.

    :param earlier: it is about help that was not the end of it: the ticket was opened again since.
    """

    score: str
    label: str
    comment: str
    by: str
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


def rating_of(row: Any) -> GivenRating | None:
    """The rating in a row of such a statement."""
    if row.rating_score is None:
        return None
    at = row.rating_changed_at or row.rated_at
    return GivenRating(
        score=row.rating_score,
        label=score_label(row.rating_score),
        comment=row.rating_comment,
        by=row.rated_by or "",
        at=at,
        earlier=is_about_earlier_help(at, row.resolved_at),
    )
