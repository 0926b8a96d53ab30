"""When a ticket was updated last, as lists are narrowed by it: lately or long ago, before a day or from it on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self

from .i18n import gettext as _
from .i18n import ngettext

OFFERED = ("1h", "1d", "7d", "30d", "-1d", "-7d", "-30d")
"""What a list offers; anything else of this kind may be typed."""
MAX_PARTS = 10
_AGO = re.compile(r"([1-9]\d{0,3})([hd])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Lately:
    """One thing that has to be so of the last update; made by `read_lately`.

    :param longer: it was before that, and not since.
    :param ago: how long before now; ``None`` where it is a day.
    """

    longer: bool
    ago: timedelta | None
    day: date = date.min

    @classmethod
    def of(cls, value: str) -> Self:
        """Read one of them: ``7d`` or ``24h``, ``2026-04-22``, each with a minus for what was before.

        :raises ValueError: it is none.
        """
        longer, said = value.startswith("-"), value.removeprefix("-")
        if match := _AGO.fullmatch(said):
            number = int(match[1])
            return cls(longer, timedelta(hours=number) if match[2] == "h" else timedelta(days=number))
        try:
            return cls(longer, None, date.fromisoformat(said))
        except ValueError:
            raise ValueError(_("Write a time like 7d or 24h, or a day like 2026-04-22.")) from None

    def moment(self, now: datetime) -> datetime:
        """The moment it turns on, in UTC."""
        return now - self.ago if self.ago is not None else datetime.combine(self.day, time.min, UTC)

    def in_words(self) -> str:
        """As people read it."""
        if self.ago is None:
            day = self.day.isoformat()
            return _("before %(day)s", day=day) if self.longer else _("on or after %(day)s", day=day)
        hours = self.ago // timedelta(hours=1)
        if hours % 24:
            if self.longer:
                return ngettext("more than %(num)d hour ago", "more than %(num)d hours ago", hours)
            return ngettext("in the last hour", "in the last %(num)d hours", hours)
        if self.longer:
            return ngettext("more than %(num)d day ago", "more than %(num)d days ago", hours // 24)
        return ngettext("in the last day", "in the last %(num)d days", hours // 24)


def read_lately(value: str) -> Sequence[Lately]:
    """What ``30d,-7d`` means, all of it.

    :raises ValueError: it is nothing of this kind; the sentence says what is.
    """
    parts = [part for one in value.lower().split(",") if (part := one.strip())]
    if len(parts) > MAX_PARTS:
        raise ValueError(_("At most %(limit)s values.", limit=MAX_PARTS))
    return [Lately.of(one) for one in parts or [value]]
