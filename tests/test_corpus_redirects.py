"""No address given to the desk leads a browser to another site."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, quote, urljoin, urlsplit

import pytest

from tests.corpus import load
from tests.world import Host, OpenTicket

TARGETS = load("redirects")
SITE = "http://localhost/"


def stays(location: str | None) -> bool:
    """Whether a browser at this site stays there, and whatever address is handed on leads to this site too."""
    if not location:
        return True
    # What browsers do before they read an address.
    seen = location.strip().replace("\\", "/").replace("\t", "").replace("\n", "").replace("\r", "")
    went = urlsplit(urljoin(SITE, seen))
    return (went.scheme, went.netloc) == ("http", "localhost")


def handed_on(location: str | None) -> list[str]:
    """What the login is told to lead to afterwards."""
    return parse_qs(urlsplit(location or "").query).get("next", [])


@pytest.mark.parametrize("login_url", [None, "/login", "/login?from=desk"])
def test_the_login_is_told_only_of_pages_of_this_site(host: Host, login_url: str | None) -> None:
    host.desk.settings.login_url = login_url
    stranger = host.client()
    asked = 0
    for target in TARGETS:
        sent = "".join(one for one in target.encode().decode("latin-1") if one.isprintable())
        for answer in (
            stranger.post("/support/open", headers={"Referer": sent}),
            stranger.post("/support/open", headers={"Referer": f"{SITE.rstrip('/')}{sent}"}),
            stranger.post("/support/open", headers={"Referer": SITE + sent}),
            stranger.post("/admin/support/queues/new", headers={"Referer": SITE + sent}),
            stranger.get(f"/support/?next={quote(target)}&url={quote(target)}"),
            stranger.get(f"/support/tickets/{quote(target, safe='')}"),
        ):
            assert answer.status_code < 500, target
            assert stays(answer.location), (target, answer.location)
            for after in handed_on(answer.location):
                asked += 1
                assert stays(after), (target, after)
                assert after.startswith("/"), (target, after)
    assert asked > 100


@pytest.mark.parametrize("who", ["jerome", "grace"])
def test_no_field_and_no_header_leads_off_the_site(host: Host, open_ticket: OpenTicket, who: str) -> None:
    number = open_ticket()
    client = host.client(who)
    panel, inbox = f"/support/tickets/{number}", f"/admin/support/tickets/{number}"
    names = ("next", "url", "from", "return", "return_url", "back", "to", "target", "account", "page", "reason", "x")
    for place, target in enumerate(TARGETS):
        fields = dict.fromkeys(names, target) | {"body": f"Text {place}", "subject": f"Subject {place}"}
        sent = "".join(one for one in target.encode().decode("latin-1") if one.isprintable())
        query = "&".join(f"{name}={quote(target)}" for name in names)
        acts: list[tuple[str, str]] = [
            ("GET", f"/support/?{query}&q="),
            ("GET", f"/support/open?{query}"),
            ("GET", f"/admin/support/?{query}&q="),
            ("GET", f"/admin/support/?q={quote(target)}&view="),
            ("POST", "/support/open"),
            ("POST", "/support/notifications/read"),
            ("POST", f"{panel}/follow-up"),
            ("POST", f"{panel}/solved"),
            ("POST", f"{inbox}/claim"),
            ("POST", f"{inbox}/fields"),
            ("POST", f"{inbox}/reply"),
            ("POST", f"{inbox}/messages/{quote(target, safe='')}/visibility"),
        ]
        # Each target meets every third act, the first three meet all.
        for method, path in acts if place < 3 else acts[place % 3 :: 3]:
            data: Any = fields if method == "POST" else None
            answer = client.open(path, method=method, data=data, headers={"Referer": SITE + sent})
            assert answer.status_code < 500, (target, path)
            assert stays(answer.location), (target, path, answer.location)
        if place < 8:
            page = client.get(f"/support/open?from={quote(target)}", headers={"Referer": SITE + sent})
            assert 'href="//evil' not in page.text


@pytest.mark.parametrize(("who", "path"), [("jerome", "/support/"), ("grace", "/admin/support/")])
@pytest.mark.parametrize("name", ["endpoint", "self", "target", "values", "_external", "_scheme", "_method", "_anchor"])
def test_fields_in_the_address_are_never_options_of_ours(host: Host, who: str, path: str, name: str) -> None:
    answer = host.client(who).get(f"{path}?q=&{name}=javascript&status=open&status=closed")
    assert answer.status_code == 302
    assert answer.location == f"{path}?{name}=javascript&status=open&status=closed"
