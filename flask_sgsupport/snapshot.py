"""The context captured when a ticket is opened: its parts, its versions, and how it is kept within bounds.

Shape, version 1::

    {"schema": 1, "captured_at": "2026-04-22T14:03:00Z",
     "account": {"name", "plan", "billing", "url"}, "sites": [{"id", "name", "url", "working_in"}],
     "activity": [{"action", "at", "site", "url"}], "operator": {"name", "email", "role", "contact"},
     "unavailable": {"activity": {"code": "failed", "kind": "RuntimeError"}}, "cut": ["activity"],
     "site_count": 612}

``unavailable`` holds codes of `HOOK_FAILURES`. Of the sites, those the operator works in stand first; ``site_count`` is
there where the account has more than are named. Of the actions the newest stand first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from .actors import MAX_ID_CHARS
from .hooks import Account, Activity, Operator, Site, Subject
from .i18n import Coded
from .i18n import gettext as _
from .i18n import lazy_gettext as _l
from .payloads import rfc3339
from .stored_text import storable

SCHEMA_VERSION = 1
PARTS = ("account", "sites", "activity", "operator")
SUBJECTS = "subjects"
"""Asked beside them, and named where it was unavailable; what was chosen of it stands on the ticket itself."""
MAX_ROWS: Mapping[str, int] = {"sites": 500, "activity": 20}
"""How many rows are kept of a part; the form offers the sites that are."""
MAX_ROWS_READ = 5_000
"""How many rows of a hook's answer are looked at; the best of them are kept."""
MAX_TEXT_CHARS = 500
MAX_NAMES = 20
MAX_OFFERED = 50
"""So many of the host's things a form offers; each travels in it."""
MAX_SUBJECTS = 10
"""So many one ticket is about."""
MAX_TITLE_CHARS = 200
MAX_URL_CHARS = 500
_KIND = re.compile(r"[a-z][a-z0-9_-]{0,29}")

REMARKS: Mapping[str, str] = {
    "expired": _l("Captured again when the ticket was sent: the form had been open for a while."),
    "again": _l("Captured again when the ticket was sent."),
    "taken_over": _l("Taken over from %(ticket)s."),
}
"""What support should know about a context, by the code stored beside it."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A context, as captured and as read back."""

    captured_at: datetime
    account: Account | None = None
    sites: tuple[Site, ...] = ()
    activity: tuple[Activity, ...] = ()
    operator: Operator | None = None
    operator_email: str = ""
    unavailable: Mapping[str, Coded] = field(default_factory=dict)
    cut: tuple[str, ...] = ()
    schema_version: int = SCHEMA_VERSION
    site_count: int = 0
    """How many sites the account has, where not all are here."""

    @property
    def plan(self) -> str:
        """The plan tier, or nothing."""
        return self.account.plan if self.account else ""

    @property
    def latest(self) -> Activity | None:
        """The most recent action."""
        return max(self.activity, key=lambda a: a.at, default=None)


def sound(part: str, answer: object) -> Any:
    """A context hook's answer made of our own types, as it can be sorted, encoded and stored, whatever it was made of.

    Texts are what databases take, times in UTC, actions newest first.

    :raises Exception: it is not what was promised; of any kind, since code of the host's may run in here.
    """
    wanted = _PROMISED[part]
    if part in {"account", "operator"}:
        return _copy(wanted, answer)
    if isinstance(answer, str | bytes) or not isinstance(answer, Sequence):
        raise TypeError(f"The {part} hook must return a list, not {type(answer).__name__}.")
    rows = [_copy(wanted, row) for row in islice(answer, MAX_ROWS_READ)]
    if part == "sites" and any(len(row.id) > MAX_ID_CHARS for row in rows):
        raise ValueError(f"The id of a site has at most {MAX_ID_CHARS} characters.")
    if part == SUBJECTS:
        rows = [_sound_subject(row) for row in rows]
    if part == "activity":
        rows.sort(key=lambda row: row.at, reverse=True)
    return tuple(rows)


def _sound_subject(row: Subject) -> Subject:
    title = " ".join(row.title.split())
    if not is_ref(row.kind, row.key):
        raise ValueError(
            "The kind of a subject is up to 30 small letters, digits, - and _, as in order, "
            f"and its key has 1 to {MAX_ID_CHARS} characters."
        )
    if not title:
        raise ValueError("A subject has a title.")
    shown = title if len(title) <= MAX_TITLE_CHARS else title[: MAX_TITLE_CHARS - 1] + "…"
    return Subject(row.kind, row.key, shown, safe_link(row.url))


def safe_link(url: str) -> str:
    """A link of the host as it can be followed: of the web, or a path of the app; nothing where it is something else.

    A browser takes two slashes of either kind for another site, and skips control characters.
    """
    if len(url) > MAX_URL_CHARS or not url.isprintable() or " " in url or "\\" in url:
        return ""
    of_the_web = url.lower().startswith(("https://", "http://"))
    return url if of_the_web or (url.startswith("/") and not url.startswith("//")) else ""


def is_ref(kind: str, key: str) -> bool:
    """Whether something of the host's may be named so; of what may not, it is not asked."""
    return _KIND.fullmatch(kind) is not None and 0 < len(key) <= MAX_ID_CHARS


def read_ref(ref: str) -> tuple[str, str]:
    """Kind and key of what is written ``order:1042``."""
    kind, __, key = ref.partition(":")
    return kind, key


def _copy(wanted: type, answer: object) -> Any:
    if not isinstance(answer, wanted):
        raise TypeError(f"Expected {wanted.__name__}, got {type(answer).__name__}.")
    return wanted(
        **{one.name: _READ[str(one.type)](f"{wanted.__name__}.{one.name}", getattr(answer, one.name))
           for one in fields(wanted)}
    )  # fmt: skip


def _read_text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a text, not {type(value).__name__}.")
    return storable(value)


def _read_moment(name: str, value: object) -> datetime:
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise TypeError(f"{name} must be a time that knows its zone, not {type(value).__name__}.")
    utc = value.astimezone(UTC)
    return datetime.combine(utc.date(), utc.time(), UTC)


_PROMISED: Mapping[str, type] = {
    "account": Account,
    "sites": Site,
    "activity": Activity,
    "operator": Operator,
    "subjects": Subject,
}
_READ: Mapping[str, Callable[[str, Any], Any]] = {
    "str": _read_text,
    "datetime": _read_moment,
    "bool": lambda name, value: bool(value),
}
"""By the type of a field."""


def encode(snapshot: Snapshot, *, max_bytes: int) -> str:
    """The snapshot as JSON of at most ``max_bytes`` in UTF-8; what had to go is named under ``cut``."""
    cut: set[str] = set(snapshot.cut)
    body: dict[str, Any] = {
        "schema": snapshot.schema_version,
        "captured_at": rfc3339(snapshot.captured_at),
        "account": _account(snapshot.account, cut),
        "sites": _rows("sites", [_site(s, cut) for s in snapshot.sites], cut),
        "activity": _rows("activity", [_activity(a, cut) for a in snapshot.activity], cut),
        "operator": _operator(snapshot, cut),
        "unavailable": {
            part: {name: _text(value, part, cut) for name, value in failure.items()}
            for part, failure in snapshot.unavailable.items()
        },
    }
    while True:
        count = max(snapshot.site_count, len(snapshot.sites))
        more = {"site_count": count} if count > len(body["sites"]) else {}
        text = json.dumps(body | {"cut": sorted(cut)} | more, ensure_ascii=False, separators=(",", ":"))
        if len(text.encode()) <= max_bytes:
            return text
        longest = max(("activity", "sites"), key=lambda part: len(json.dumps(body[part])))
        if not body[longest]:
            body["account"], body["operator"] = None, None
            cut |= {"account", "operator"}
            continue
        body[longest] = body[longest][: len(body[longest]) * 3 // 4]
        cut.add(longest)


def decode(body: str) -> Snapshot:
    """Read a stored snapshot of any version written so far; of one that was damaged every part is unavailable."""
    try:
        return _decoded(body)
    except (ValueError, KeyError, TypeError, AttributeError):
        return Snapshot(datetime.fromtimestamp(0, UTC), unavailable={part: {"code": "damaged"} for part in PARTS})


def _decoded(body: str) -> Snapshot:
    data = json.loads(body)
    account, operator = data.get("account"), data.get("operator")
    sites = tuple(Site(**site) for site in data.get("sites", ()))
    return Snapshot(
        captured_at=_moment(data["captured_at"]),
        account=Account(**account) if account else None,
        sites=sites,
        site_count=data.get("site_count", len(sites)),
        activity=tuple(Activity(**(row | {"at": _moment(row["at"])})) for row in data.get("activity", ())),
        operator=Operator(operator["name"], operator["role"], operator["contact"]) if operator else None,
        operator_email=operator.get("email", "") if operator else "",
        unavailable=data.get("unavailable", {}),
        cut=tuple(data.get("cut", ())),
        schema_version=data["schema"],
    )


def sites_hint(snapshot: Snapshot) -> str:
    """What a form says where the account has more sites than it offers."""
    offered, count = len(snapshot.sites), snapshot.site_count
    return _("The first %(offered)s of %(count)s sites.", offered=offered, count=count) if count > offered else ""


def subjects_hint(offered: Sequence[Subject]) -> str:
    """What a form says under the host's things it offers."""
    if len(offered) < MAX_OFFERED:
        return _("Choose what it concerns, if it is listed.")
    return _("The first %(count)s are listed. Write about another in your own words.", count=MAX_OFFERED)


def some_of(names: Sequence[str], count: int) -> str:
    """The first of many names, and how many more there are.

    :param count: of all there are, where not all were named.
    """
    shown = ", ".join(names[:MAX_NAMES])
    more = max(count, len(names)) - len(names[:MAX_NAMES])
    return _("%(names)s and %(more)s more", names=shown, more=more) if more else shown


def changes_since(then: Snapshot, now: Snapshot) -> dict[str, tuple[str, str]]:
    """What an agent should know has changed: field to (then, now). A part unavailable in either says nothing."""
    changed: dict[str, tuple[str, str]] = {}
    if then.account and now.account:
        for name in ("name", "plan", "billing"):
            old, new = getattr(then.account, name), getattr(now.account, name)
            if old != new:
                changed[name] = (old, new)
    return changed


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _text(value: object, part: str, cut: set[str]) -> str:
    text = str(value)
    if len(text) > MAX_TEXT_CHARS:
        cut.add(part)
        text = text[: MAX_TEXT_CHARS - 1] + "…"
    return storable(text)


def _rows(part: str, rows: Sequence[dict[str, Any]], cut: set[str]) -> list[dict[str, Any]]:
    if len(rows) > MAX_ROWS[part]:
        cut.add(part)
    return list(rows[: MAX_ROWS[part]])


def _account(account: Account | None, cut: set[str]) -> dict[str, Any] | None:
    if account is None:
        return None
    return {name: _text(getattr(account, name), "account", cut) for name in ("name", "plan", "billing", "url")}


def _site(site: Site, cut: set[str]) -> dict[str, Any]:
    return {name: _text(getattr(site, name), "sites", cut) for name in ("id", "name", "url")} | {
        "working_in": bool(site.working_in)
    }


def _activity(row: Activity, cut: set[str]) -> dict[str, Any]:
    return {"action": _text(row.action, "activity", cut), "at": rfc3339(row.at)} | {
        name: _text(getattr(row, name), "activity", cut) for name in ("site", "url")
    }


def _operator(snapshot: Snapshot, cut: set[str]) -> dict[str, Any] | None:
    operator = snapshot.operator
    if operator is None:
        return None
    return {name: _text(getattr(operator, name), "operator", cut) for name in ("name", "role", "contact")} | {
        "email": _text(snapshot.operator_email, "operator", cut)
    }
