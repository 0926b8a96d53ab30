"""The context captured when a ticket is opened: its parts, its versions, and how it is kept within bounds.

Shape, version 1::

    {"schema": 1, "captured_at": "2026-04-22T14:03:00Z",
     "account": {"name", "plan", "billing", "url"}, "sites": [{"id", "name", "url", "working_in"}],
     "activity": [{"action", "at", "site", "url"}], "operator": {"name", "email", "role", "contact"},
     "unavailable": {"activity": "…"}, "cut": ["activity"]}
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .hooks import Account, Activity, Operator, Site
from .payloads import rfc3339

SCHEMA_VERSION = 1
PARTS = ("account", "sites", "activity", "operator")
MAX_ROWS = 20
MAX_TEXT_CHARS = 500


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A context, as captured and as read back."""

    captured_at: datetime
    account: Account | None = None
    sites: tuple[Site, ...] = ()
    activity: tuple[Activity, ...] = ()
    operator: Operator | None = None
    operator_email: str = ""
    unavailable: Mapping[str, str] = field(default_factory=dict)
    cut: tuple[str, ...] = ()
    schema_version: int = SCHEMA_VERSION

    @property
    def plan(self) -> str:
        """The plan tier, or nothing."""
        return self.account.plan if self.account else ""

    @property
    def latest(self) -> Activity | None:
        """The most recent action."""
        return max(self.activity, key=lambda a: a.at, default=None)


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
        "unavailable": {part: reason[:MAX_TEXT_CHARS] for part, reason in snapshot.unavailable.items()},
    }
    while True:
        text = json.dumps(body | {"cut": sorted(cut)}, ensure_ascii=False, separators=(",", ":"))
        if len(text.encode()) <= max_bytes:
            return text
        longest = max(("activity", "sites"), key=lambda part: len(json.dumps(body[part])))
        if not body[longest]:
            body["account"], body["operator"] = None, None
            cut |= {"account", "operator"}
            continue
        body[longest] = body[longest][: len(body[longest]) // 2]
        cut.add(longest)


def decode(body: str) -> Snapshot:
    """Read a stored snapshot of any version written so far."""
    data = json.loads(body)
    account, operator = data.get("account"), data.get("operator")
    return Snapshot(
        captured_at=_moment(data["captured_at"]),
        account=Account(**account) if account else None,
        sites=tuple(Site(**site) for site in data.get("sites", ())),
        activity=tuple(Activity(**(row | {"at": _moment(row["at"])})) for row in data.get("activity", ())),
        operator=Operator(operator["name"], operator["role"], operator["contact"]) if operator else None,
        operator_email=operator.get("email", "") if operator else "",
        unavailable=data.get("unavailable", {}),
        cut=tuple(data.get("cut", ())),
        schema_version=data["schema"],
    )


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
    text = str(value).replace("\x00", "")
    if len(text) > MAX_TEXT_CHARS:
        cut.add(part)
        return text[: MAX_TEXT_CHARS - 1] + "…"
    return text


def _rows(part: str, rows: Sequence[dict[str, Any]], cut: set[str]) -> list[dict[str, Any]]:
    if len(rows) > MAX_ROWS:
        cut.add(part)
    return list(rows[:MAX_ROWS])


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
