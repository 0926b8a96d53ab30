"""How much one person may do within an hour or a minute, counted in fixed windows by one statement.

Counted as the first thing in the unit of work of the act: what is refused or rolled back costs nothing. Only the files
of a form that was sent already are counted once more, since they came once more. Host code and the command line are
not counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import case

from ..actors import Actor, Side, Via
from ..errors import LimitReached
from ..i18n import format_bytes, format_near
from ..i18n import gettext as _
from ..models import Spent
from ..settings import state
from .inserting import insert_or_change
from .looking import write_while_looking
from .unit import Unit

AGENT_FACTOR = 10
"""An agent may do so many times what an operator may."""
COUNTED = frozenset({Via.PANEL, Via.INBOX, Via.API, Via.MAIL})
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit.

    :param name: what is counted, as the table holds it.
    :param setting: the row of the settings that says how much.
    :param sentence: what a person reads, made of the limit and the moment it goes on.
    """

    name: str
    setting: str
    window: timedelta
    sentence: Callable[[int, str], str]


OPENS = Limit(
    "opens",
    "opens_per_hour",
    HOUR,
    lambda most, when: _(
        "At most %(most)s tickets an hour. You can open the next one from %(when)s on.", most=most, when=when
    ),
)
MESSAGES = Limit(
    "messages",
    "messages_per_hour",
    HOUR,
    lambda most, when: _("At most %(most)s messages an hour. You can go on from %(when)s.", most=most, when=when),
)
UPLOADS = Limit(
    "uploads",
    "upload_bytes_per_hour",
    HOUR,
    lambda most, when: _(
        "Files of at most %(most)s an hour. You can send more from %(when)s on.", most=format_bytes(most), when=when
    ),
)
SEARCHES = Limit(
    "searches",
    "searches_per_minute",
    MINUTE,
    lambda most, when: _(
        "At most %(most)s searches a minute. You can search again from %(when)s on.", most=most, when=when
    ),
)


def spend(amounts: Mapping[Limit, int], unit: Unit) -> bool:
    """Count what the actor is about to do; whether anything was written.

    :raises LimitReached: it would be more than may be; nothing is counted, since the act is rolled back.
    """
    counted = _count(amounts, unit)
    for limit, (before, most) in counted.items():
        if before + amounts[limit] > most:
            raise _reached(limit, most, unit.now)
    return bool(counted)


def spend_again(amounts: Mapping[Limit, int], actor: Actor) -> None:
    """Count what came a second time: it is answered as the first, unless the limit was passed before it came.

    :raises LimitReached: it was.
    """

    def write(unit: Unit) -> None:
        for limit, (before, most) in _count(amounts, unit).items():
            if before > most:
                raise _reached(limit, most, unit.now)

    if any(amounts.values()) and _is_counted(actor):
        write_while_looking(actor, write)


def _is_counted(actor: Actor) -> bool:
    return actor.person is not None and actor.via in COUNTED


def _count(amounts: Mapping[Limit, int], unit: Unit) -> dict[Limit, tuple[int, int]]:
    """Add to what the actor has spent; what it was before within this window, and the most, of each that is limited."""
    actor = unit.actor
    if actor.person is None or not _is_counted(actor):
        return {}
    # Whoever acts as somebody else spends their own.
    who = (actor.person.acting or actor.person).id
    factor = AGENT_FACTOR if actor.side is Side.AGENT else 1
    limited: dict[Limit, int] = {
        limit: factor * most
        for limit, amount in amounts.items()
        if amount and (most := getattr(unit.host.settings, limit.setting)) is not None
    }
    rows = [
        {"host_id": who, "what": limit.name, "amount": amounts[limit], "starts_at": _start(unit.now, limit.window)}
        for limit in limited
    ]
    if not rows:
        return {}
    counted = dict(insert_or_change(unit.session, Spent, rows, change=_added, returning=[Spent.what, Spent.amount]))
    return {limit: (counted[limit.name] - amounts[limit], most) for limit, most in limited.items()}


def _reached(limit: Limit, most: int, now: datetime) -> LimitReached:
    goes_on_at = _start(now, limit.window) + limit.window
    wait = (goes_on_at - now).total_seconds()
    return LimitReached(limit.sentence(most, format_near(goes_on_at, now)), retry_after_seconds=int(wait) + 1)


def _added(new: Any) -> list[tuple[str, Any]]:
    same = Spent.starts_at == new.starts_at
    return [
        ("amount", case((same, Spent.amount + new.amount), else_=new.amount)),
        ("starts_at", new.starts_at),
    ]


def count_search(actor: Actor) -> None:
    """Count a search before it is made; where that would wait for another writer, it is made all the same.

    :raises LimitReached: there were too many within this minute.
    """
    if state().settings.searches_per_minute is not None:
        write_while_looking(actor, partial(spend, {SEARCHES: 1}))


def _start(now: datetime, window: timedelta) -> datetime:
    """The beginning of the window a moment lies in."""
    seconds = int(window.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)
