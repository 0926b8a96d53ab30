"""What is measured of a ticket: when it was answered, resolved, closed and rated, and how long its customer waited.

Pure decisions. A step is what one act did to a ticket; `take_step` says what is measured by it and how the ticket
stands then. The services write it; where a ticket is older than the measuring, the worker walks its history in steps.

The definitions:

- **First response**: from the opening to the first public message of a person of the support team. Receipts, notes and
  rules are none. A ticket that an agent opened has the agent's own text, and its first response is the next message.
- **Next response**: from when the customer began to wait again, by the earliest message nobody had answered, to the
  next public message of the support team; one for each turn. A resolution without an answer is none, and what waits in
  a ticket that is merged into another waits there since then. A close ends the waiting.
- **Time to resolve**: from the opening to a resolution. What was set back to open as a mistake was none.
- **No longer needed**: from the opening to when its customer withdrew it, which resolves and closes nothing else.
- **Time to close**: from the last resolution to the close, which says in a word by which way it came.
- **Merged**: from the opening to when it became a part of another, unless it was closed by then.
- **Waited**: the sum of the spells in which its customer waited for support, the last word theirs while it was open,
  up to a resolution or until they no longer needed help. Of a ticket that is merged into another it stops there.
- **Open**: each span in which it was open and a part of no other, by about how long it lasted.
- **Asked**: its customer was asked how the help was, once each time it was solved; what was set right is no other time.
- **Reopened**: opened again within seven days after it was resolved, a mistake that was set right not counted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

FIRST, NEXT, RESOLVED, CLOSED, RATED = "first_response", "next_response", "resolved", "closed", "rated"
MERGED, WAITED, ASKED = "merged", "waited", "asked"
OPEN_DAYS = (1, 4, 16, 64, 256, 1024, None)
SPANS: Mapping[str, int | None] = {f"open_{most or 'longer'}": most for most in OPEN_DAYS}
"""The kinds of spans in which a ticket was open, and how many days they lasted at most: what was open at a moment has
ended within so many days since, so that it is found without everything that ended later."""
KINDS = (FIRST, NEXT, RESOLVED, CLOSED, RATED, MERGED, WAITED, ASKED, *SPANS)

SOON, LATER, MISTAKE = "soon", "later", "mistake"
"""How what was measured was undone."""
REOPENED_WITHIN = timedelta(days=7)

MET, MISSED = "met", "missed"
"""What became of the target of an answer or a solution; empty where it had none."""
WITHDRAWN = "withdrawn"
"""In the place of a solution's target and of a close's way: its customer no longer needed help."""
CONFIRMED, RECORDED, NO_REPLY, BY_AGENT = "customer_confirmed", "recorded", "no_reply", "by_agent"
"""The ways of a close: the customer said that it is solved; an agent recorded that they did; the waiting time passed
without reply, and the clock closed it, or an agent did."""
ANSWERED = "answered"
"""Whoever was asked how the help was has said it since."""

Business = Callable[[datetime, datetime], float]
"""How many seconds between two moments were within business hours."""


@dataclass(frozen=True, slots=True)
class Course:
    """How far a ticket has come.

    :param waits_since: since when the customer waits for an answer, also while the ticket is resolved without one;
        ``None`` where they do not.
    :param first_answered_at: when they first had one, also where it was made private later.
    :param answers: how many public messages of the support team there are now.
    :param resolutions: how often it was resolved, neither mistakes nor what was withdrawn counted.
    :param turns: how often an answer to a later question was measured.
    :param closes: how often it was closed.
    :param rated: which of its solutions was rated last, counted from 1; 0 where none was.
    :param withdrawn: whether what ended it last was that its customer no longer needed help.
    :param reopens: how often it was opened again, mistakes that were set right not counted.
    :param asked: which of its solutions its customer was asked about last, counted from 1; 0 where none was.
    :param spell_since: since when it waits for support, which ends where ``waits_since`` may go on.
    :param open_since: since when it is open and a part of no other; ``None`` where it is not.
    :param waited: how many seconds it has in the spells before.
    :param waited_business: how many of them within business hours, each spell by those at its end.
    """

    waits_since: datetime | None = None
    first_answered_at: datetime | None = None
    answers: int = 0
    resolutions: int = 0
    turns: int = 0
    closes: int = 0
    rated: int = 0
    withdrawn: bool = False
    reopens: int = 0
    asked: int = 0
    spell_since: datetime | None = None
    open_since: datetime | None = None
    waited: float = 0
    waited_business: float = 0


@dataclass(frozen=True, slots=True)
class Step:
    """What one act did.

    :param waits: whether the customer waits for an answer after it: open, merged into none, and the last word theirs.
    :param works: whether somebody has to work on it after it: open, and merged into none.
    :param answered: it showed the customer a message of the support team.
    :param shown: how many more such messages there are after it; negative where one was hidden.
    :param resolved: it was resolved by it.
    :param closed: the way where it was closed by it, or `WITHDRAWN`.
    :param merged: it became a part of another by it, and had not been closed.
    :param undone: what was undone by it, of `KINDS`.
    :param mistake: whether that was to set a mistake right.
    :param rests: whether it is resolved after it: whoever had no answer has none yet.
    """

    at: datetime
    waits: bool
    works: bool
    answered: bool = False
    shown: int = 0
    resolved: bool = False
    closed: str = ""
    merged: bool = False
    undone: Sequence[str] = ()
    mistake: bool = False
    rests: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """One moment that counts.

    :param lasted: seconds, and those of them within business hours, where they are not all those since then.
    """

    kind: str
    since: datetime
    ordinal: int
    answers: int
    word: str = ""
    lasted: tuple[int, int] | None = None


def take_step(
    course: Course, step: Step, *, opened_at: datetime, resolved_at: datetime | None, business: Business
) -> tuple[Course, list[Measured]]:
    """How the ticket stands after a step, and what is measured by it.

    :param resolved_at: when it was resolved last; of a step that resolves it, its own moment.
    """
    answers = course.answers + step.shown
    course, found = _open_span(_waited(course, step, business), step, answers)
    first, turns = course.first_answered_at, course.turns
    if step.answered and first is None:
        first = step.at
        found.append(Measured(FIRST, opened_at, 1, answers))
    elif step.answered and course.waits_since is not None and not step.waits:
        turns += 1
        found.append(Measured(NEXT, course.waits_since, turns, answers))
    resolutions, closes = course.resolutions, course.closes
    withdrawn = course.withdrawn and RESOLVED not in step.undone
    if RESOLVED in step.undone and step.mistake and not course.withdrawn:
        resolutions -= 1
    if step.closed == WITHDRAWN:
        withdrawn = True
        found.append(Measured(RESOLVED, opened_at, 0, answers, WITHDRAWN))
    elif step.resolved:
        resolutions += 1
        found.append(Measured(RESOLVED, opened_at, resolutions, answers))
    if step.closed:
        closes += 1
        found.append(Measured(CLOSED, resolved_at or step.at, closes, answers, step.closed))
    if step.merged:
        found.append(Measured(MERGED, opened_at, 1, answers))
    reopens = course.reopens + (RESOLVED in step.undone and not step.mistake)
    asked = course.asked
    if step.resolved:
        word = WITHDRAWN if step.closed == WITHDRAWN else ""
        lasted = (int(course.waited), int(course.waited_business))
        found.append(Measured(WAITED, opened_at, resolutions, answers, word, lasted))
        if answers and asked != reopens + 1:
            asked = reopens + 1
            found.append(Measured(ASKED, step.at, asked, answers))
    after = replace(
        course,
        waits_since=_waits_since(course, step),
        first_answered_at=first,
        answers=answers,
        resolutions=resolutions,
        turns=turns,
        closes=closes,
        reopens=reopens,
        asked=asked,
        withdrawn=withdrawn,
    )
    return after, found


def _waited(course: Course, step: Step, business: Business) -> Course:
    """A spell begins, goes on, or ends and is added to those before."""
    since = course.spell_since
    if step.waits or since is None:
        return replace(course, spell_since=(since or step.at) if step.waits else None)
    seconds, within = (step.at - since).total_seconds(), business(since, step.at)
    return replace(
        course,
        spell_since=None,
        waited=course.waited + seconds,
        waited_business=course.waited_business + within,
    )


def _waits_since(course: Course, step: Step) -> datetime | None:
    if step.waits:
        return course.waits_since or step.at
    return course.waits_since if step.rests and not step.answered else None


def _open_span(course: Course, step: Step, answers: int) -> tuple[Course, list[Measured]]:
    """A span in which it is open begins, goes on, or ends and is measured."""
    since = course.open_since
    if step.works or since is None:
        return replace(course, open_since=(since or step.at) if step.works else None), []
    return replace(course, open_since=None), [Measured(span_of(since, step.at), since, 0, answers)]


def span_of(since: datetime, at: datetime) -> str:
    """The kind of a span in which a ticket was open."""
    return next(kind for kind, most in SPANS.items() if most is None or at - since <= timedelta(days=most))


def taken_over(course: Course, since: datetime) -> Course:
    """The course of a ticket that takes in a question which waits since then."""
    return replace(course, waits_since=min(course.waits_since or since, since))


def undone_as(at: datetime, undone_at: datetime, *, mistake: bool) -> str:
    """How a resolution or close of a moment was undone at another."""
    if mistake:
        return MISTAKE
    return SOON if undone_at - at <= REOPENED_WITHIN else LATER


def as_stored(course: Course) -> str:
    """A course as JSON; when it was first answered stands in a column of its own."""
    waits = course.waits_since.isoformat() if course.waits_since else None
    said = {"waits": waits, "answers": course.answers, "resolved": course.resolutions}
    more = {name: getattr(course, name) for name in _AS_THEY_ARE}
    spell = course.spell_since.isoformat() if course.spell_since else None
    is_open = course.open_since.isoformat() if course.open_since else None
    return json.dumps(said | more | {"spell": spell, "open": is_open})


def course_of(text: str | None, first_answered_at: datetime | None) -> Course | None:
    """A stored course; ``None`` where nothing was measured yet."""
    if not text:
        return None
    said = json.loads(text)
    waits = datetime.fromisoformat(said["waits"]) if said["waits"] else None
    spell = datetime.fromisoformat(said["spell"]) if said.get("spell") else None
    found = Course(waits, first_answered_at, said["answers"], said["resolved"], spell_since=spell)
    found = replace(found, open_since=datetime.fromisoformat(said["open"]) if said.get("open") else None)
    return replace(found, **{name: said[name] for name in _AS_THEY_ARE if name in said})


_AS_THEY_ARE = ("turns", "closes", "rated", "withdrawn", "reopens", "asked", "waited", "waited_business")
