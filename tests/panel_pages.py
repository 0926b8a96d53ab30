"""What tests of the panel read from its pages."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

FORM = {"subject": "Checkout failing on Canvas Tote", "body": "Nobody can pay since this afternoon."}
LOOKS_AGAIN = {"X-SGSupport-Looks-Again": "1"}
"""What the script of an open page says when it reads the page once more."""
HIDDEN = ("csrf_token", "form", "context", "from", "account", "ticket", "seen", "untouched", "newest")


def hidden(html: str) -> dict[str, str]:
    """The hidden inputs of a page."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', html)
    return {name: unescape(value) for name, value in found if name in HIDDEN}


def fresh_form(client: FlaskClient, address: str = "/support/open") -> dict[str, str]:
    """What the browser would send back of a fresh form."""
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return hidden(answer.text)


def send_form(client: FlaskClient, form: dict[str, str] | None = None, **fields: Any) -> TestResponse:
    """Open a ticket by the form."""
    form = fresh_form(client) if form is None else form
    return client.post("/support/open", data=form | FORM | fields)


def number_in(location: str) -> str:
    """The ticket's number in an address."""
    found = re.search(r"TKT-\d{4}-\d{5}", location)
    assert found, location
    return found.group(0)


def lines(html: str) -> list[str]:
    """What stands between the messages."""
    found = re.findall(r'<p class="sg-system"><span>(.*?) <span aria-hidden', html, re.DOTALL)
    return [unescape(line) for line in found]


def buttons(html: str) -> set[str]:
    """Every button and link drawn as one, by its words."""
    found = re.findall(r'<(?:button|a) class="sg-button[^>]*>(.*?)</(?:button|a)>', html, re.DOTALL)
    return {unescape(re.sub(r"<svg.*?</svg>", "", words, flags=re.DOTALL)).strip() for words in found}
