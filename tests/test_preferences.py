"""People choose how they are told; without a choice of theirs, the app's contact preference decides."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from flask_sgsupport.actors import Side
from flask_sgsupport.errors import InvalidInput, NotAllowed
from flask_sgsupport.models import Agent, Delivery, Ticket
from flask_sgsupport.notifications import BY_NAME, CHANNELS, NOTICES, TOPICS, WISHES, Topic, topics_of, wish
from flask_sgsupport.queries.preferences import told_by
from flask_sgsupport.services import assigning, macros, rating, replying, rules, using
from flask_sgsupport.services import status as statuses
from flask_sgsupport.services.preferring import set_preferences
from flask_sgsupport.services.using import Use
from flask_sgsupport.web.preferring import LABELS
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


def told_in(host: Host, who: str) -> Mapping[str, bool]:
    wants = told(host, who)
    return {channel: wants[channel] for channel in CHANNELS}


def texts_to(smtp: Smtp, address: str) -> list[str]:
    """The plain texts of what somebody was mailed."""
    return [mail.message.get_body(("plain",)).get_content() for mail in smtp.to(address)]


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
    assert shown(host.client(who).get(page).text) == told_in(host, who) == expected


@pytest.mark.every_database
@pytest.mark.parametrize(("who", "page"), [("jerome", PANEL), ("ada", INBOX)])
def test_a_choice_is_kept_and_can_be_taken_back(host: Host, who: str, page: str) -> None:
    client = host.client(who)
    off = client.post(page, data={"shown-bell": "1", "shown-email": "1", "bell": "1"}, follow_redirects=True)
    assert "Saved. You are told in the app only." in off.text
    assert shown(off.text) == {"bell": True, "email": False}
    on = client.post(page, data={"shown-bell": "1", "shown-email": "0", "email": "1"}, follow_redirects=True)
    assert "Saved. You are told by e-mail only." in on.text
    assert told_in(host, who) == {"bell": False, "email": True}
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
    assert told_in(host, who) == {"bell": False, "email": False}


def test_what_is_left_as_it_was_goes_on_following_the_app(host: Host) -> None:
    jerome = host.client("jerome")
    jerome.post(PANEL, data={"shown-bell": "1", "shown-email": "1", "email": "1"})
    host.change_user("jerome", contact="in-app")
    assert told_in(host, "jerome") == {"bell": False, "email": False}


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
    assert told_in(host, "jerome") == {"bell": False, "email": True}


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


@pytest.mark.parametrize(("who", "page"), [("jerome", PANEL), ("ada", INBOX)])
def test_of_each_topic_its_channels_are_offered_and_all_are_on_at_first(host: Host, who: str, page: str) -> None:
    html = host.client(who).get(page).text
    boxes = dict(re.findall(r'name="((?:bell|email)/\w+)" value="1"[^>]*?( checked)?>', html))
    side = Side.AGENT if who == "ada" else Side.CUSTOMER
    offered = {wish(channel, topic) for topic, channels in topics_of(side).items() for channel in channels}
    assert offered and boxes.keys() == offered and set(boxes.values()) == {" checked"}


def test_every_notice_is_of_one_topic_or_says_what_went_wrong() -> None:
    sorted_in = [name for names in TOPICS.values() for name in names]
    assert len(sorted_in) == len(set(sorted_in))
    assert {notice.name for notice in NOTICES} - set(sorted_in) == {
        "delivery_failed_staff",
        "handed_over_staff",
        "timer_held_staff",
        "unsent_staff",
    }
    assert all(len({BY_NAME[name].side for name in names}) == 1 for names in TOPICS.values())
    assert LABELS.keys() == TOPICS.keys() == set(Topic)


@pytest.mark.every_database
def test_a_topic_is_switched_off_in_one_channel_and_the_rest_goes_on(host: Host, open_ticket: OpenTicket) -> None:
    page = host.client("ada").post(
        INBOX, data={"shown-email/notes": "1", "shown-bell/notes": "1", "bell/notes": "1"}, follow_redirects=True
    )
    assert "Saved." in page.text
    wants = told(host, "ada")
    assert (wants["email"], wants["bell/notes"], wants["email/notes"], wants["email/customer"]) == (
        True,
        True,
        False,
        True,
    )
    ticket_id = open_ticket()
    with host.app.app_context():
        assigning.claim(ticket_id, host.agent("ada"))
        replying.add_note(ticket_id, host.agent("grace"), body="Look at the invoice.")
        replying.follow_up(ticket_id, host.customer("jerome"), body="Anything new?")
    assert channels(host, ticket_id, "note_staff") == {"bell"}
    assert channels(host, ticket_id, "follow_up_staff") == {"bell", "email"}


@pytest.mark.every_database
def test_what_waits_in_a_queue_is_a_topic_apart_from_ones_own_tickets(host: Host, open_ticket: OpenTicket) -> None:
    with host.app.app_context():
        for who in ("ada", "cleo", "grace"):
            for channel in ("bell", "email"):
                set_preferences(host.agent(who), {wish(channel, Topic.QUEUE): False})
    ticket_id = open_ticket()
    with host.app.app_context():
        replying.follow_up(ticket_id, host.customer("jerome"), body="Nobody there?")
    assert channels(host, ticket_id, "opened_staff") == channels(host, ticket_id, "follow_up_staff") == set()
    with host.app.app_context():
        assigning.claim(ticket_id, host.agent("ada"))
        replying.follow_up(ticket_id, host.customer("jerome"), body="And now?")
    assert channels(host, ticket_id, "follow_up_staff") == {"bell", "email"}


def test_whoever_wants_no_mails_of_a_status_gets_the_answer_that_came_with_it(
    host: Host, open_ticket: OpenTicket
) -> None:
    with host.app.app_context():
        set_preferences(host.customer("jerome"), {wish("email", Topic.STATUS): False})
    ticket_id = open_ticket()
    with host.app.app_context():
        replying.reply(ticket_id, host.agent("ada"), body="Done.", status="resolved")
    assert channels(host, ticket_id, "resolved_customer") == {"bell"}
    assert channels(host, ticket_id, "replied_customer") == {"email"}


def test_a_mail_that_waits_is_not_sent_to_whoever_switched_its_topic_off_meanwhile(
    host: Host, open_ticket: OpenTicket, smtp: Smtp
) -> None:
    ticket_id = open_ticket()
    with host.app.app_context():
        replying.reply(ticket_id, host.agent("ada"), body="Words of an answer.")
        host.support.set_preference(host.customer("jerome"), "email", wanted=False, topic="answers")
        host.db.session.commit()
    drained(host)
    assert not [text for text in texts_to(smtp, "jerome@northwind.example") if "Words of an answer." in text]
    assert "wants no mail about this" in unescape(host.client("ada").get(f"/admin/support/tickets/{ticket_id}").text)


@pytest.mark.parametrize(
    ("channel", "topic", "says"),
    [
        ("email", "pigeons", "Nothing of “pigeons” is told through this channel."),
        ("email", "bell", "Nothing of “bell” is told"),
        ("pigeon", "answers", "There is no such channel."),
        ("pigeon", None, "There is no such channel."),
    ],
)
def test_a_topic_or_channel_that_is_not_there_is_refused(
    in_app: Host, channel: str, topic: str | None, says: str
) -> None:
    with pytest.raises(InvalidInput, match=says):
        in_app.support.set_preference(in_app.customer("jerome"), channel, wanted=False, topic=topic)


def test_the_answer_goes_without_a_status_that_is_not_wanted_any_more(
    host: Host, open_ticket: OpenTicket, smtp: Smtp
) -> None:
    ticket_id = open_ticket()
    with host.app.app_context():
        set_preferences(host.customer("jerome"), {"bell": False})
        replying.reply(ticket_id, host.agent("ada"), body="Words of an answer.", status="resolved")
        set_preferences(host.customer("jerome"), {wish("email", Topic.STATUS): False})
    drained(host)
    [mail] = [text for text in texts_to(smtp, "jerome@northwind.example") if "Words of an answer." in text]
    assert "solved" not in mail.partition("Words of an answer.")[0].lower()
    assert channels(host, ticket_id, "replied_customer") == {"email"}


def test_no_answer_is_mailed_to_whoever_wants_none_though_its_status_is_so_no_more(
    host: Host, open_ticket: OpenTicket, smtp: Smtp
) -> None:
    ticket_id = open_ticket()
    with host.app.app_context():
        set_preferences(host.customer("jerome"), {wish("email", Topic.ANSWERS): False})
        replying.reply(ticket_id, host.agent("ada"), body="Words of an answer.", status="resolved")
        statuses.set_status(ticket_id, host.agent("ada"), "open")
    drained(host)
    assert not [text for text in texts_to(smtp, "jerome@northwind.example") if "Words of an answer." in text]


@pytest.mark.every_database
def test_a_rule_that_assigns_takes_no_notice_from_whoever_wants_none_of_assignments(
    host: Host, open_ticket: OpenTicket
) -> None:
    ticket_id, ada = open_ticket(), str(host.ids["ada"])
    with host.app.app_context():
        for channel in ("bell", "email"):
            set_preferences(host.agent("ada"), {wish(channel, Topic.ASSIGNMENTS): False})
        rules.create_rule(host.agent("grace"), {"name": "To Ada", "acts": ["follow_up"], "assignee": f"agent:{ada}"})
        replying.follow_up(ticket_id, host.customer("jerome"), body="And now?")
        has_it = host.db.session.scalar(select(Agent.host_id).join(Ticket, Ticket.assignee_pk == Agent.pk))
    assert has_it == ada
    assert channels(host, ticket_id, "assigned_staff") == set()
    assert channels(host, ticket_id, "follow_up_staff") == {"bell", "email"}


def test_a_macros_note_is_told_where_its_assignment_is_not(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id, ada = open_ticket(), str(host.ids["ada"])
    with host.app.app_context():
        for channel in ("bell", "email"):
            set_preferences(host.agent("ada"), {wish(channel, Topic.ASSIGNMENTS): False})
        does = {"note": "See to it.", "assignee": f"agent:{ada}"}
        key = macros.create_macro(host.agent("grace"), {"name": "Hand over", **does}, shared=True)
        using.use_macro(ticket_id, host.agent("grace"), Use(key, does | {"assignee": ada}))
    assert channels(host, ticket_id, "assigned_staff") == set()
    assert channels(host, ticket_id, "note_staff") == {"bell", "email"}


def test_whoever_switches_every_topic_off_is_told_what_that_means(host: Host) -> None:
    keys = [wish(channel, topic) for topic, by in topics_of(Side.CUSTOMER).items() for channel in by]
    off = {f"shown-{key}": "1" for key in ("bell", "email", *keys)} | {"bell": "1", "email": "1"}
    page = host.client("jerome").post(PANEL, data=off, follow_redirects=True).text
    assert "You are told of nothing now" in page
    only = host.client("jerome").post(
        PANEL, data={"shown-bell/answers": "0", "bell/answers": "1"}, follow_redirects=True
    )
    assert "Saved. You are told in the app only." in only.text


def test_a_line_on_a_rating_says_how_it_is_now_also_to_whoever_wants_no_more_of_them(
    host: Host, open_ticket: OpenTicket
) -> None:
    ticket_id = open_ticket()
    with host.app.app_context():
        replying.reply(ticket_id, host.agent("ada"), body="Done.", status="resolved")
        rating.rate(ticket_id, host.customer("jerome"), good=False, comment="")
        set_preferences(host.agent("ada"), {wish("bell", Topic.CUSTOMER): False})
        rating.rate(ticket_id, host.customer("jerome"), good=True, comment="It works after all.")
        told_of = select(Delivery.data).where(Delivery.notice == "rated_staff", Delivery.state == "sent")
        lines = host.db.session.scalars(told_of).all()
    assert len(lines) == 1 and '"score": "good"' in lines[0]


def test_every_key_fits_its_column() -> None:
    assert max(map(len, WISHES)) <= 20
