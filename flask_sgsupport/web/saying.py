"""What an act says on the next page of ours, and which form it was, so that its draft can go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import session
from markupsafe import Markup, escape

from ..errors import SupportError
from ..safe_html import linked
from .asking import form_token, nobody_looks

KEY = "sgsupport_said"
MOST = 6


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence to be shown once.

    :param kind: success, info, warning or error.
    :param form: the random text of the form that was carried out; empty where it had none.
    :param about: the ticket something was done with.
    """

    sentence: str
    kind: str
    form: str
    about: str = ""


def say(sentence: str, kind: str = "success", *, about: str = "") -> None:
    """Show a sentence on our next page; the host's flashes are its own, and its layout never shows ours."""
    form = (form_token() or "") if kind == "success" else ""
    session[KEY] = [*session.get(KEY, []), [str(sentence), kind, form, about]][-MOST:]


def is_said_of(ticket_id: str) -> bool:
    """Whether something waits to be said of what was just done with this ticket."""
    return any(Line(*line).about == ticket_id for line in session.get(KEY, []))


def with_link(error: SupportError, url_of: Callable[[str], str]) -> Markup:
    """The sentence of an error; the number of a ticket in it leads there."""
    number = getattr(error, "ticket_id", "")
    return linked(error.sentence, number, url_of(number)) if number else escape(error.sentence)


def said() -> list[Line]:
    """What is to be shown now; asked once."""
    if nobody_looks():
        return []
    return [Line(*line) for line in session.pop(KEY, [])] if KEY in session else []
