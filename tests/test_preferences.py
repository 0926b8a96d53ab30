"""People choose how they are told; without a choice of theirs, the app's contact preference decides."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from flask_sgsupport.errors import NotAllowed
from flask_sgsupport.models import Delivery, Ticket
from flask_sgsupport.queries.preferences import told_by
from flask_sgsupport.services import assigning, replying
from flask_sgsupport.services.preferring import set_preferences
from tests.mailing import drained
from tests.mailing import host as host  # noqa: PLC0414
from tests.smtp import Smtp
from tests.world import Host, OpenTicket

PANEL, INBOX = "/support/notifications/preferences", "/admin/support/notifications/preferences"


def shown(html: str) -> dict[str, bool]:
    """The boxes of the page, ticked or not."""
    boxes = re.findall(r'<input type="checkbox"[^>]*>', html)
    return {name[1]: " checked" in box for box in boxes if (name := re.search(r'name="(\w+)"', box))}


def told(host: Host, who: str) -> Mapping[str, bool]:
    with host.app.app_context():
        return told_by(host.desk.hooks.directory.person(str(host.ids[who])))


def channels(host: Host, ticket_id: str, notice: str) -> set[str]:
    """By what a notice was told."""
    with host.app.app_context():
        of_ticket = select(Delivery.channel).join(Ticket, Ticket.pk == Delivery.ticket_pk)
        wanted = of_ticket.where(Ticket.ticket_id == ticket_id, Delivery.notice == notice)
        return set(host.db.session.scalars(wanted))


@pytest.mark.parametrize(
    ("contact", "expected"),
    [
        ("both", {"bell": True, "email": True}),
        ("email", {"bell": True, "email": True}),
        ("in-app", {"bell": True, "email": False}),
    ],
)
@pytest.mark.parametrize(("who", "page"), [("jerome", PANEL), ("ada", INBOX)])
def test_without_a_choice_the_contact_preference_of_the_app_decides(
    host: Host, who: str, page: str, contact: str, expected: dict[str, bool]
) -> None:
    host.change_user(who, contact=contact)
    assert shown(host.client(who).get(page).text) == told(host, who) == expected


@pytest.mark.every_database
@pytest.mark.parametrize(("who", "page"), [("jerome", PANEL), ("ada", INBOX)])
def test_a_choice_is_kept_and_can_be_taken_back(host: Host, who: str, page: str) -> None:
    client = host.client(who)
    off = client.post(page, data={"shown-bell": "1", "shown-email": "1", "bell": "1"}, follow_redirects=True)
    assert "Saved. You are told in the app only." in off.text
    assert shown(off.text) == {"bell": True, "email": False}
    on = client.post(page, data={"shown-bell": "1", "shown-email": "0", "email": "1"}, follow_redirects=True)
    assert "Saved. You are told by e-mail only." in on.text
    assert told(host, who) == {"bell": False, "email": True}
    both = client.post(
        page, data={"shown-bell": "0", "shown-email": "1", "email": "1", "bell": "1"}, follow_redirects=True
    )
    assert "Saved. You are told in the app and by e-mail." in both.text


@pytest.mark.parametrize(("who", "page"), [("jerome", PANEL), ("ada", INBOX)])
def test_who_switches_everything_off_is_told_what_that_means(host: Host, who: str, page: str) -> None:
    none = host.client(who).post(page, data={"shown-bell": "1", "shown-email": "1"}, follow_redirects=True)
    assert "You are told of nothing now" in none.text


@pytest.mark.parametrize(("who", "page"), [("jerome", PANEL), ("ada", INBOX)])
def test_an_older_window_takes_back_nothing_of_a_newer_one(host: Host, who: str, page: str) -> None:
    client = host.client(who)
    older = re.findall(r'name="(shown-\w+)" value="(\d)"', client.get(page).text)
    assert dict(older) == {"shown-bell": "1", "shown-email": "1"}
    client.post(page, data={"shown-bell": "1", "shown-email": "1", "bell": "1"})
    # There both are ticked still, and the bell is taken away.
    client.post(page, data=dict(older) | {"email": "1"})
    assert told(host, who) == {"bell": False, "email": False}


def test_what_is_left_as_it_was_goes_on_following_the_app(host: Host) -> None:
    jerome = host.client("jerome")
    jerome.post(PANEL, data={"shown-bell": "1", "shown-email": "1", "email": "1"})
    host.change_user("jerome", contact="in-app")
    assert told(host, "jerome") == {"bell": False, "email": False}


@pytest.mark.parametrize(("who", "page"), [("jerome", PANEL), ("ada", INBOX)])
def test_looking_changes_nothing_and_needs_a_login(host: Host, who: str, page: str) -> None:
    client = host.client(who)
    client.get(page)
    with host.count_statements() as ran:
        assert client.get(page).status_code == 200
    assert not [one for one in ran.ran if not one.lstrip().upper().startswith("SELECT")]
    assert len(ran) <= 6
    assert host.client().get(page).status_code == 302


def test_somebody_without_an_address_cannot_choose_mail_and_keeps_the_rest(host: Host) -> None:
    host.change_user("jerome", email=None)
    jerome = host.client("jerome")
    page = jerome.get(PANEL).text
    assert "The app knows no e-mail address of yours." in page
    assert 'name="shown-email"' not in page
    jerome.post(PANEL, data={"shown-bell": "1"})
    assert told(host, "jerome") == {"bell": False, "email": True}


def test_nobody_chooses_for_whom_they_pose_as(in_app: Host) -> None:
    jerome, grace = in_app.customer("jerome"), in_app.agent("grace")
    posing = replace(jerome, person=replace(jerome.person, acting=grace.person))
    with pytest.raises(NotAllowed, match="Only Jerome Ellis can choose this"):
        set_preferences(posing, {"email": False})


@pytest.mark.every_database
def test_both_channels_carry_a_reply_unless_one_is_switched_off(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    with host.app.app_context():
        replying.reply(ticket_id, host.agent("ada"), body="First.")
    assert channels(host, ticket_id, "replied_customer") == {"bell", "email"}
    host.client("jerome").post(PANEL, data={"shown-bell": "1", "shown-email": "1", "email": "1"})
    other = open_ticket(subject="Another")
    with host.app.app_context():
        replying.reply(other, host.agent("ada"), body="Second.")
    assert channels(host, other, "replied_customer") == {"email"}


def test_mails_lead_to_the_page_of_whoever_reads_them(host: Host, open_ticket: OpenTicket, smtp: Smtp) -> None:
    ticket_id = open_ticket()
    with host.app.app_context():
        assigning.claim(ticket_id, host.agent("ada"))
        replying.reply(ticket_id, host.agent("ada"), body="Done.")
        replying.follow_up(ticket_id, host.customer("jerome"), body="Thanks.")
    drained(host)
    for to, page in (("jerome@northwind.example", PANEL), ("ada@desk.example", INBOX)):
        address = f"https://app.example.com{page}"
        mail = smtp.to(to)[-1].message
        assert f"Choose how you are told: {address}" in mail.get_body(("plain",)).get_content()
        assert f'href="{address}"' in unescape(mail.get_body(("html",)).get_content())


def test_without_a_panel_or_an_address_mails_lead_nowhere(host: Host, open_ticket: OpenTicket, smtp: Smtp) -> None:
    host.desk.settings.base_url = None
    open_ticket()
    drained(host)
    assert smtp.mails
    for mail in smtp.mails:
        assert "Choose how" not in mail.message.get_body(("plain",)).get_content()
        assert "Choose how" not in mail.message.get_body(("html",)).get_content()


def test_an_agent_who_is_no_operator_is_led_to_the_inboxs_page(host: Host) -> None:
    led: Any = host.client("ada").get(PANEL)
    assert led.status_code == 302 and led.location.endswith(INBOX)
