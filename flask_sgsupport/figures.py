"""The figures of the reports: a name, what it counts, and in which period, queue and hands.

A figure is a value of the one language of conditions, so that a list can be narrowed to exactly the tickets it counts:
``first_response/20260401T0000/20260501T0000/support/7``, with queue and agent possibly empty. The table below is asked
by the reports, by the database and by `flask_sgsupport.conditions.holds`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .i18n import format_short
from .i18n import gettext as _
from .i18n import lazy_gettext as _l
from .measures import (
    ANSWERED,
    ASKED,
    BY_AGENT,
    CLOSED,
    CONFIRMED,
    FIRST,
    LATER,
    MERGED,
    MET,
    MISSED,
    NEXT,
    NO_REPLY,
    RATED,
    RECORDED,
    RESOLVED,
    SOON,
    WAITED,
    WITHDRAWN,
)

NO_AGENT = "nobody"
"""In the place of an agent: nobody's."""
STANDS = ("", SOON, LATER)
"""What was not set back as a mistake."""
EVER = datetime(2000, 1, 1, tzinfo=UTC)
"""From then on a figure is of all there ever was."""
SOLVED = ("", MET, MISSED)
"""What a customer no longer needed was not solved, and none confirmed it."""
GOOD, BAD = "good", "bad"
WAYS = (CONFIRMED, RECORDED, NO_REPLY, BY_AGENT)
"""How tickets are closed that were solved."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What a figure counts.

    :param kind: the kind of moment, of `flask_sgsupport.measures`; of none it counts tickets by when they were opened.
    :param only: the values its columns may have; every column that is not named may have any.
    :param answered: of tickets, whether their customer ever had an answer.
    :param is_open: of tickets, only those somebody has to work on.
    """

    label: str
    kind: str = ""
    only: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    answered: bool | None = None
    is_open: bool = False


FIGURES: Mapping[str, Counts] = {
    "opened": Counts(_l("Opened")),
    "unanswered": Counts(_l("Never answered"), answered=False, is_open=True),
    "backlog": Counts(_l("Backlog"), is_open=True),
    "first_response": Counts(_l("First response"), FIRST),
    "next_response": Counts(_l("Next responses"), NEXT),
    "response_met": Counts(_l("First response on target"), FIRST, {"word": (MET,)}),
    "response_timed": Counts(_l("First response with a target"), FIRST, {"word": (MET, MISSED)}),
    "resolved": Counts(_l("Resolved"), RESOLVED, {"undone": STANDS, "word": SOLVED}),
    "first_resolve": Counts(
        _l("Time to first resolution"), RESOLVED, {"undone": STANDS, "word": SOLVED, "ordinal": (1,)}
    ),
    "full_resolve": Counts(_l("Time to full resolution"), RESOLVED, {"undone": ("",), "word": SOLVED}),
    "resolution_met": Counts(_l("Solved on target"), RESOLVED, {"undone": ("",), "word": (MET,)}),
    "resolution_timed": Counts(_l("Solved with a target"), RESOLVED, {"undone": ("",), "word": (MET, MISSED)}),
    "reopened": Counts(_l("Reopened within 7 days"), RESOLVED, {"undone": (SOON,), "word": SOLVED}),
    "one_touch": Counts(
        _l("Resolved with one answer"), RESOLVED, {"undone": ("", LATER), "word": SOLVED, "answers": (1,)}
    ),
    "withdrawn": Counts(_l("No longer needed"), RESOLVED, {"undone": STANDS, "word": (WITHDRAWN,)}),
    "closed": Counts(_l("Time to close"), CLOSED, {"undone": STANDS, "word": WAYS}),
    "confirmed": Counts(_l("Closed by confirmation"), CLOSED, {"undone": STANDS, "word": (CONFIRMED, RECORDED)}),
    "closed_by_customer": Counts(_l("Confirmed by the customer"), CLOSED, {"undone": STANDS, "word": (CONFIRMED,)}),
    "closed_recorded": Counts(
        _l("Confirmed otherwise, recorded by an agent"), CLOSED, {"undone": STANDS, "word": (RECORDED,)}
    ),
    "closed_by_time": Counts(_l("Closed by time without a reply"), CLOSED, {"undone": STANDS, "word": (NO_REPLY,)}),
    "closed_by_agent": Counts(
        _l("Closed by an agent after that time"), CLOSED, {"undone": STANDS, "word": (BY_AGENT,)}
    ),
    "merged": Counts(_l("Merged into another ticket"), MERGED),
    "customer_wait": Counts(_l("Customer waited for support"), WAITED, {"undone": ("",)}),
    "rated": Counts(_l("Rated"), RATED),
    "rated_good": Counts(_l("Rated good"), RATED, {"word": (GOOD,)}),
    "asked": Counts(_l("Asked how the help was"), ASKED),
    "asked_answered": Counts(_l("Said how the help was"), ASKED, {"word": (ANSWERED,)}),
}
"""Every figure by its name in addresses. Tickets in Spam / Filtered are counted nowhere until they are released."""

_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)")


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a period: from a moment on and before another, both of a whole minute.

    :param queue: a queue's key; empty is any. Of a moment it is the queue of then, of tickets that of now.
    :param agent: the host's id of an agent, or `NO_AGENT`; empty is any.
    """

    name: str
    begins: datetime
    ends: datetime
    queue: str = ""
    agent: str = ""

    @property
    def counts(self) -> Counts:
        """What it counts."""
        return FIGURES[self.name]

    @property
    def person(self) -> str:
        """The host's id of the agent whose figure it is; empty where it is nobody's in particular."""
        return "" if self.agent == NO_AGENT else self.agent

    @classmethod
    def of(cls, text: str) -> Figure:
        """Read one.

        :raises ValueError: it is none; with the sentence for its field.
        """
        name, begins, ends, queue, agent = (text.split("/", 4) + [""] * 4)[:5]
        if name not in FIGURES or text.count("/") < 4:
            raise ValueError(_("This is no figure of the reports."))
        return cls(name, _moment(begins), _moment(ends), queue, agent)

    def __str__(self) -> str:
        return "/".join((self.name, _stored(self.begins), _stored(self.ends), self.queue, self.agent))


def checked(text: str) -> str:
    """A figure as it is compared.

    :raises ValueError: it is none.
    """
    return str(Figure.of(text))


def counted_by(fact: str, text: str) -> bool:
    """Whether a figure counts a ticket for this fact, which `fact_of` made."""
    figure = Figure.of(text)
    kind, at, queue, agent, *rest = fact.split("\n")
    counts = figure.counts
    said = dict(zip(("word", "ordinal", "answers", "undone", "answered", "open"), rest, strict=True))
    inside = figure.begins <= datetime.fromisoformat(at) < figure.ends
    placed = figure.queue in {"", queue} and figure.agent in {"", agent or NO_AGENT}
    fits = all(said[name] in {str(value) for value in values} for name, values in counts.only.items())
    answered = counts.answered is None or said["answered"] == str(counts.answered)
    return (
        counts.kind == kind and inside and placed and fits and answered and (not counts.is_open or bool(said["open"]))
    )


def fact_of(
    at: datetime,
    queue: str,
    agent: str,
    *,
    kind: str = "",
    word: str = "",
    ordinal: int = 0,
    answers: int = 0,
    undone: str = "",
    answered: bool = False,
    is_open: bool = False,
) -> str:
    """A moment of a ticket that is not filtered, or with no kind its opening, as a fact of the language."""
    said = (kind, at.isoformat(), queue, agent, word, ordinal, answers, undone, answered, "open" if is_open else "")
    return "\n".join(map(str, said))


def in_words(text: str, names: Mapping[tuple[str, str], str] | None = None) -> str:
    """A figure as people read it; what is none stays as it is.

    :param names: what queues and agents are called, by field and key.
    """
    try:
        figure = Figure.of(text)
    except ValueError:
        return text
    known = names or {}
    queue = known.get(("queue", figure.queue), figure.queue)
    agent = _("Nobody") if figure.agent == NO_AGENT else known.get(("agent", figure.agent), figure.agent)
    between = f"{format_short(figure.begins)} – {format_short(figure.ends)}"
    if figure.begins <= EVER:
        between = _("before %(when)s", when=format_short(figure.ends))
    return ", ".join(filter(None, (str(figure.counts.label), between, queue, agent)))


def _stored(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M}"


def _moment(text: str) -> datetime:
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise ValueError(_("This is no figure of the reports."))
    return datetime(*map(int, found.groups()), tzinfo=UTC)  # type: ignore[misc,arg-type]
