"""What the composer of a ticket shows of one's own drafts: what was typed before, or what is about to go out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from ..i18n import format_bytes
from ..lifecycle import Status, status_label
from ..queries.drafts import DraftRow
from ..queries.news import seconds_left
from ..safe_html import markdown
from ..web.page import Time


@dataclass(frozen=True, slots=True)
class Composed:
    """One form of the composer.

    :param text: the draft; empty where there is none.
    :param other: what another window has kept, where the form that came back says something else.
    :param came_back: the form was sent and is shown again: what stands in it may not be kept yet.
    :param why: why the text was not sent.
    """

    text: str = ""
    version: int = 0
    saved: Time | None = None
    files: tuple[dict[str, Any], ...] = ()
    other: str = ""
    came_back: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class OnItsWayOut:
    """A reply that can still be taken back, in the place of its form.

    :param form: the form it was sent from, of which a browser need keep no text.
    :param form_key: by which its script asks what has become of it.
    """

    html: Markup | str
    seconds: int
    files: tuple[dict[str, Any], ...]
    status: str
    form: str
    form_key: str


def composed(draft: DraftRow | None, typed: MultiDict[str, str] | None) -> Composed:
    """A form with its draft.

    :param typed: what stands in the form that was sent and comes back; ``None`` where another one was, or none.
    """
    came_back = typed is not None and request.method == "POST"
    if draft is None:
        return Composed(came_back=came_back)
    fields: MultiDict[str, str] = MultiDict() if typed is None else typed
    same = fields.get("body", "").replace("\r\n", "\n") == draft.body.replace("\r\n", "\n")
    crossed = came_back and not same and fields.get("draft", "") != str(draft.version)
    return Composed(
        text=draft.body,
        version=draft.version,
        saved=Time.of(draft.saved_at),
        files=_files(draft),
        other=draft.body if crossed else "",
        came_back=came_back,
        why=draft.why,
    )


def on_its_way_out(draft: DraftRow | None) -> OnItsWayOut | None:
    """What is shown of a reply that can still be taken back; ``None`` where there is none."""
    if draft is None or draft.send_at is None:
        return None
    status = status_label(Status(draft.status)) if draft.status else ""
    left = seconds_left(draft.send_at)
    return OnItsWayOut(markdown(draft.body), left, _files(draft), status, draft.form, draft.form_key)


def taken_back(draft: DraftRow | None) -> MultiDict[str, str] | None:
    """The fields of a form whose reply was sent and is a draft again, as they stood there."""
    if draft is None or draft.send_at is not None or draft.fields is None:
        return None
    values = MultiDict([("body", draft.body)])
    for name, said in draft.fields.items():
        values.setlist(name, list(said))
    return values


def _files(draft: DraftRow) -> tuple[dict[str, Any], ...]:
    return tuple({"key": one.key, "name": one.name, "size": format_bytes(one.size_bytes)} for one in draft.files)
