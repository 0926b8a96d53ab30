"""How much one person may do within an hour or a minute, counted in fixed windows by one UPDATE.

Counted in the unit of work of the act: what is refused or rolled back costs nothing. Host code and the command line
are not counted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import case, or_, select, update

from ..actors import Actor, Side, Via
from ..errors import LimitReached
from ..i18n import format_bytes, format_near
from ..i18n import gettext as _
from ..models import Spent
from ..settings import state
from .inserting import insert_missing
from .looking import write_while_looking
from .transaction import Unit

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


def spend(unit: Unit, limit: Limit, amount: int = 1) -> None:
    """Count what the actor does.

    :raises LimitReached: it would be more than may be; nothing is counted.
    """
    actor = unit.actor
    most: int | None = getattr(unit.host.settings, limit.setting)
    if most is None or actor.person is None or actor.via not in COUNTED:
        return
    if actor.side is Side.AGENT:
        most *= AGENT_FACTOR
    # Whoever acts as somebody else spends their own.
    who = (actor.person.acting or actor.person).id
    starts_at = _start(unit.now, limit.window)
    mine = (Spent.host_id == who, Spent.what == limit.name)
    if amount <= most:
        room = or_(Spent.starts_at != starts_at, Spent.amount + amount <= most)
        counted = case((Spent.starts_at == starts_at, Spent.amount + amount), else_=amount)
        # In this order: MariaDB reads a column as it was set before.
        counting = (
            update(Spent).where(*mine, room).ordered_values((Spent.amount, counted), (Spent.starts_at, starts_at))
        )
        if unit.session.execute(counting, execution_options={"synchronize_session": False}).rowcount:  # type: ignore[attr-defined]
            return
        if unit.session.scalar(select(Spent.amount).where(*mine)) is None:
            row = {"host_id": who, "what": limit.name, "amount": amount, "starts_at": starts_at}
            insert_missing(unit.session, Spent, row)
            return
    goes_on_at = starts_at + limit.window
    wait = (goes_on_at - unit.now).total_seconds()
    raise LimitReached(limit.sentence(most, format_near(goes_on_at, unit.now)), retry_after_seconds=int(wait) + 1)


def count_search(actor: Actor) -> None:
    """Count a search before it is made; where that would wait for another writer, it is made all the same.

    :raises LimitReached: there were too many within this minute.
    """
    if state().settings.searches_per_minute is not None:
        write_while_looking(actor, lambda unit: spend(unit, SEARCHES))


def _start(now: datetime, window: timedelta) -> datetime:
    """The beginning of the window a moment lies in."""
    seconds = int(window.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)
