"""Who is told of what, row by row; each notice has its texts and says them to the right side only."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import select

import flask_sgsupport
from flask_sgsupport import lifecycle
from flask_sgsupport.actors import Right, Side
from flask_sgsupport.hooks import Routed
from flask_sgsupport.models import Delivery
from flask_sgsupport.notifications import (
    BELL,
    BY_NAME,
    EMAIL,
    HERE,
    NOTICES,
    YOURS,
    Audience,
    Notice,
    People,
    Recipient,
    plan,
    refused_by,
    status_of,
)
from flask_sgsupport.services import agents, assigning, preferring, replying, sorting
from flask_sgsupport.services.agents import Covers
from flask_sgsupport.wording import MailFacts, NoticeFacts, bell_text, facts_of, mail_text, panel_url, times_of
from tests.world import Host, OpenTicket

TEXTS = Path(flask_sgsupport.__file__).parent / "templates" / "sgsupport" / "notifications"
FILES = {BELL: {"bell.txt"}, EMAIL: {"subject.txt", "body.txt", "body.html"}}

REQUESTER = Recipient("1", "Jerome", "jerome@northwind.example")
ADA = Recipient("2", "Ada", "ada@desk.example")
BEN = Recipient("3", "Ben", "ben@desk.example")
CLEO = Recipient("4", "Cleo", None)

FACTS = NoticeFacts(
    ticket_id="TKT-2026-04881",
    subject="Checkout failing <b>",
    by="Ada",
    account_name="Northwind",
    queue_name="Support",
    closes_at="24 April 2026, 14:03 UTC",
    closing="It closes on 24 April 2026, 14:03 UTC unless you reply.",
    reopening="You can reopen it until 24 May 2026, 14:03 UTC.",
    reason="jerome@northwind.example: 550 5.1.1 user unknown",
)


@pytest.mark.parametrize("notice", NOTICES, ids=lambda notice: notice.name)
def test_a_notice_has_the_texts_of_its_channels_and_no_others(notice: Notice) -> None:
    wanted = set().union(*(FILES[channel] for channel in notice.channels))
    assert {path.name for path in (TEXTS / notice.name).iterdir()} == wanted


def test_there_are_no_texts_without_a_notice() -> None:
    assert {path.name for path in TEXTS.iterdir() if path.is_dir()} == set(BY_NAME)


@pytest.mark.parametrize(
    ("name", "status", "since_hours", "holds"),
    [
        ("resolved_customer", "resolved", -1, True),
        ("resolved_customer", "resolved", 0, True),
        ("resolved_customer", "resolved", 1, False),
        ("resolved_customer", "open", None, False),
        ("resolved_customer", "closed", -1, False),
        ("closed_customer", "closed", 0, True),
        ("closed_customer", "closed", 1, False),
        ("closed_customer", "resolved", -1, False),
        ("reopened_customer", "open", None, True),
        ("reopened_customer", "resolved", 1, False),
        ("replied_customer", "closed", 1, True),
        ("confirmed_staff", "closed", 0, True),
        ("confirmed_staff", "open", None, False),
        ("opened_staff", "open", None, True),
        ("opened_staff", "resolved", -1, False),
        ("opened_receipt", "closed", -1, False),
    ],
)
def test_what_a_notice_says_of_the_status_holds_while_the_ticket_has_it(
    name: str, status: str, since_hours: int | None, *, holds: bool
) -> None:
    written_at = datetime(2026, 4, 22, 14, 3, tzinfo=UTC)
    since = None if since_hours is None else written_at + timedelta(hours=since_hours)
    ticket = SimpleNamespace(status=status, resolved_at=since, closed_at=since if status == "closed" else None)
    ticket.filtered_reason = ticket.merged_into_id = None
    assert BY_NAME[name].holds(written_at, status_of(ticket)) is holds


@pytest.mark.parametrize("name", ["opened_staff", "opened_receipt"])
@pytest.mark.parametrize(("filtered", "merged"), [("advertising", None), (None, "TKT-2026-00002")])
def test_of_a_filtered_or_merged_ticket_nobody_is_told_that_it_is_new(
    name: str, filtered: str | None, merged: str | None
) -> None:
    ticket = SimpleNamespace(status="open", resolved_at=None, closed_at=None)
    ticket.filtered_reason, ticket.merged_into_id = filtered, merged
    assert not BY_NAME[name].holds(datetime(2026, 4, 22, 14, 3, tzinfo=UTC), status_of(ticket))


@pytest.mark.parametrize(("name", "told"), [("assigned_staff", YOURS), ("moved_staff", HERE)])
@pytest.mark.parametrize(("since_hours", "holds"), [(None, False), (-1, True), (0, True), (1, False)])
def test_a_notice_of_an_assignment_or_move_holds_while_the_ticket_stays_there(
    name: str, told: str, since_hours: int | None, *, holds: bool
) -> None:
    written_at = datetime(2026, 4, 22, 14, 3, tzinfo=UTC)
    so = {} if since_hours is None else {told: written_at + timedelta(hours=since_hours)}
    assert BY_NAME[name].holds(written_at, so) is holds


@pytest.mark.parametrize("notice", [n for n in NOTICES if BELL in n.channels], ids=lambda notice: notice.name)
def test_a_bell_line_stays_true_when_the_ticket_has_moved_on(in_app: Host, notice: Notice) -> None:
    # When it closes is read as it is when the line is shown: of a ticket that moved on there is no such moment.
    line = bell_text(notice.name, replace(FACTS, closes_at=""))
    state = "is (solved and|open|closed|held)|says|still needs|no longer needs|goes on|closes"
    assert not re.search(rf"\b({state})\b", line)


@pytest.mark.parametrize("notice", [n for n in NOTICES if BELL in n.channels], ids=lambda notice: notice.name)
def test_a_bell_line_is_one_line_that_names_the_ticket(in_app: Host, notice: Notice) -> None:
    line = bell_text(notice.name, FACTS)
    assert line
    if notice.audience is not Audience.LEADS:
        assert "TKT-2026-04881" in line
    assert "\n" not in line
    assert "%(" not in line
    if notice.side is Side.CUSTOMER:
        assert "Support" not in line.replace("Support answered", "").replace("Support closed", "").replace(
            "Support went", ""
        ), "the queue is nobody's business there"


@pytest.mark.parametrize("notice", [n for n in NOTICES if EMAIL in n.channels], ids=lambda notice: notice.name)
def test_a_mail_is_whole_and_escaped(in_app: Host, notice: Notice) -> None:
    url = "https://app.example.com/support/tickets/TKT-2026-04881"
    mail = MailFacts(
        author="Ada <i>",
        body="All **good** <script>",
        files=("a<b>.txt",),
        url=f"{url}#m-1",
        ticket_url=url,
        because="You get this because <u>.",
        signature="Kind regards\nThe team <s>",
        agent=notice.side is Side.AGENT,
    )
    words = mail_text(notice.name, FACTS, mail)
    assert words.subject == "[TKT-2026-04881] Checkout failing <b>"
    assert "All good <script>" in words.text
    assert "Kind regards\nThe team <s>" in words.text
    assert url in words.text
    assert "You get this because" in words.text
    assert "%(" not in words.text
    assert "{{" not in words.text
    assert "\n\n\n" not in words.text
    assert "<strong>good</strong>" in words.html
    for typed in ("<b>", "<i>", "<script", "<u>", "<s>"):
        assert typed not in words.html
    assert "max-width: 600px" in words.html
    assert "prefers-color-scheme: dark" in words.html
    assert 'href="https://app.example.com/support/tickets/TKT-2026-04881#' in words.html
    assert "javascript" not in words.html


def test_resolved_offers_both_answers_as_links_to_a_page_that_asks(in_app: Host) -> None:
    url = "https://app.example.com/support/tickets/TKT-2026-04881"
    words = mail_text("resolved_customer", FACTS, MailFacts(url=url, ticket_url=url))
    assert "That solved it" in words.html
    assert "I still need help" in words.html
    assert words.html.count(f'href="{url}#answer"') == 2
    assert "24 April 2026, 14:03 UTC" in words.text


def test_without_a_base_url_a_mail_says_where_to_look(in_app: Host) -> None:
    in_app.desk.settings.base_url = None
    assert panel_url("TKT-2026-04881") is None
    words = mail_text("replied_customer", FACTS, MailFacts(body="Hello", author="Ada"))
    assert "http" not in words.text
    assert "href" not in words.html
    assert "sign in and reply in the Support panel, ticket TKT-2026-04881" in words.text
    assert "Sign in and open Support to answer." in words.html


@pytest.mark.parametrize("base_url", ["https://example.com/shop", "https://example.com/shop/"])
def test_links_keep_the_path_the_app_is_mounted_at(in_app: Host, base_url: str) -> None:
    in_app.desk.settings.base_url = base_url
    url = panel_url("TKT-2026-04881", "abc")
    assert url == "https://example.com/shop/support/tickets/TKT-2026-04881#m-abc"


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        (30, "You can reopen it until 24 May 2026, 14:03 UTC; later a follow-up opens a new ticket linked to it."),
        (None, "You can reopen it at any time."),
        (0, "A follow-up opens a new ticket linked to it."),
    ],
)
def test_how_long_a_ticket_can_be_reopened_is_said(in_app: Host, days: int | None, sentence: str) -> None:
    in_app.desk.settings.reopen_within_days = days
    closed_at = datetime(2026, 4, 24, 14, 3, tzinfo=UTC)
    ticket = SimpleNamespace(auto_close_at=None, hold_reason=None, closed_at=closed_at)
    times = times_of(ticket, closed_at)
    assert times == {"closes_at": "", "closing": "", "reopening": sentence}
    assert facts_of("{}", ticket_id="T", subject="s", **times).reopening == sentence


# Who is told.


def told(host: Host, notice: str) -> list[tuple[str, str]]:
    rows = host.db.session.execute(
        select(Delivery.recipient_name, Delivery.channel).where(Delivery.notice == notice).order_by(Delivery.pk)
    ).all()
    host.db.session.rollback()
    return [(name, channel) for name, channel in rows]


def cover_tag_only(host: Host, who: str, tag: str) -> None:
    person = host.desk.hooks.directory.person(str(host.ids[who]))
    agents.grant_agent(host.agent("grace"), person, rights={Right.HANDLE, Right.ASSIGN}, covers=Covers(tags=(tag,)))


@pytest.mark.every_database
def test_who_covers_only_a_tag_of_a_ticket_is_told(in_app: Host, open_ticket: OpenTicket) -> None:
    cover_tag_only(in_app, "nora", "vip")
    ticket_id = open_ticket()
    sorting.change_fields(ticket_id, in_app.agent("ada"), {"tags": "vip", "queue": "billing"})
    assert ("Nora Quist", "bell") in told(in_app, "moved_staff")
    replying.follow_up(ticket_id, in_app.customer("jerome"), body="Anybody?")
    assert ("Nora Quist", "bell") in told(in_app, "follow_up_staff")
    assert ("Nora Quist", "bell") not in told(in_app, "opened_staff"), "it had no tag then"


def test_who_sees_all_queues_and_covers_none_is_told_nothing(in_app: Host, open_ticket: OpenTicket) -> None:
    person = in_app.desk.hooks.directory.person(str(in_app.ids["nora"]))
    agents.grant_agent(in_app.agent("grace"), person, rights={Right.HANDLE, Right.ALL_QUEUES, Right.LEAD})
    open_ticket()
    assert {name for name, _ in told(in_app, "opened_staff")} == {"Ada Lovelace", "Cleo Marsh", "Grace Hopper"}


def test_a_new_assignee_who_switched_the_bell_off_gets_mail_only(in_app: Host, open_ticket: OpenTicket) -> None:
    preferring.set_preference(in_app.agent("ada"), "bell", wanted=False)
    ticket_id = open_ticket()
    assigning.assign(ticket_id, in_app.agent("grace"), str(in_app.ids["ada"]))
    assert told(in_app, "assigned_staff") == [("Ada Lovelace", "email")]
    assigning.unassign(ticket_id, in_app.agent("grace"))
    assert told(in_app, "unassigned_staff") == []


def test_an_assignee_by_routing_who_switched_the_bell_off_gets_mail_only(in_app: Host, open_ticket: OpenTicket) -> None:
    ada = str(in_app.ids["ada"])
    in_app.support.route(lambda draft: Routed(assignee=ada, because="she knows them"))
    preferring.set_preference(in_app.agent("ada"), "bell", wanted=False)
    open_ticket()
    assert told(in_app, "assigned_staff") == [("Ada Lovelace", "email")]


def test_what_a_new_assignee_wants_is_read_with_the_ticket(in_app: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    with in_app.count_statements() as ran:
        assigning.assign(ticket_id, in_app.agent("grace"), str(in_app.ids["ada"]))
    [wanted] = [one for one in ran.ran if "sgsupport_preference" in one]
    assert "FROM sgsupport_ticket" in wanted


PEOPLE_OF: dict[Audience, tuple[People, list[Recipient]]] = {
    Audience.REQUESTER: (People(requester=REQUESTER, colleagues=[CLEO], assignee=ADA), [REQUESTER]),
    Audience.CUSTOMERS: (People(requester=REQUESTER, colleagues=[BEN], assignee=ADA), [REQUESTER, BEN]),
    Audience.RESPONSIBLE: (People(queue_members=[ADA], followers=[ADA, BEN]), [ADA, BEN]),
    Audience.ASSIGNEE: (People(assignee=ADA, queue_members=[REQUESTER], followers=[BEN]), [ADA, BEN]),
    Audience.QUEUE: (People(queue_members=[ADA, BEN]), [ADA, BEN]),
    Audience.NEW_ASSIGNEE: (People(assignee=ADA, new_assignee=BEN), [BEN]),
    Audience.OLD_ASSIGNEE: (People(assignee=ADA, old_assignee=BEN), [BEN]),
    Audience.ADDED: (People(assignee=ADA, followers=[ADA], added=BEN), [BEN]),
    Audience.MENTIONED: (People(assignee=ADA, mentioned=[BEN]), [BEN]),
    Audience.AUTHOR: (People(assignee=ADA, author=BEN), [BEN]),
    Audience.LEADS: (People(assignee=ADA, leads=[BEN]), [BEN]),
    Audience.ALL_LEADS: (People(assignee=ADA, queue_members=[ADA], leads=[BEN]), [BEN]),
}


@pytest.mark.parametrize("notice", NOTICES, ids=lambda notice: notice.name)
def test_a_notice_goes_to_its_audience_through_its_channels(notice: Notice) -> None:
    people, told = PEOPLE_OF[notice.audience]
    planned = plan([notice.name], people, actor_id=None)
    assert {(p.recipient.id, p.channel) for p in planned} == {(r.id, c) for r in told for c in notice.channels}


@pytest.mark.parametrize("notice", NOTICES, ids=lambda notice: notice.name)
def test_nobody_is_told_of_their_own_act_but_by_a_receipt(notice: Notice) -> None:
    people, told = PEOPLE_OF[notice.audience]
    planned = plan([notice.name], people, actor_id=told[0].id)
    assert (told[0].id in {p.recipient.id for p in planned}) is notice.receipt


def test_the_assignee_is_responsible_alone() -> None:
    planned = plan(["follow_up_staff"], People(assignee=ADA, queue_members=[BEN]), actor_id=None)
    assert {p.recipient.id for p in planned} == {ADA.id}


def test_one_act_is_one_notification_a_person_and_channel_the_first_named_wins() -> None:
    planned = plan(["resolved_customer", "replied_customer"], People(requester=REQUESTER), actor_id=ADA.id)
    assert [(p.notice.name, p.channel) for p in planned] == [("resolved_customer", BELL), ("resolved_customer", EMAIL)]


def test_without_an_address_or_wish_there_is_no_mail() -> None:
    silent = Recipient("9", "Nell", "nell@x.example", refused=frozenset({EMAIL}))
    planned = plan(["opened_staff"], People(queue_members=[CLEO, silent]), actor_id=None)
    assert {(p.recipient.id, p.channel) for p in planned} == {("4", BELL), ("9", BELL)}


def test_the_contact_preference_decides_until_a_preference_is_set() -> None:
    assert refused_by("both", {}) == frozenset()
    assert refused_by("in-app", {}) == {EMAIL}
    assert refused_by("in-app", {EMAIL: True}) == frozenset()
    assert refused_by("email", {BELL: False, EMAIL: False}) == {BELL, EMAIL}


def test_every_notice_the_lifecycle_names_is_there_and_every_notice_is_used() -> None:
    named = {name for row in lifecycle.TABLE for name in row.notices}
    assert named <= set(BY_NAME)
    of_targets = {"target_warned_staff", "target_breached_staff", "target_breached_lead", "ruled_staff"}
    of_no_act = {"delivery_failed_staff", "handed_over_staff", "unsent_staff", "follower_added_staff"}
    assert set(BY_NAME) - named == of_no_act | of_targets, "they follow none"


@pytest.mark.parametrize(
    ("target", "over", "line", "lead"),
    [
        ("response", True, "The answer on TKT-2026-04881 is overdue", "The answer to Northwind is overdue."),
        ("response", False, "TKT-2026-04881 is to be answered soon", "Northwind is to be answered soon."),
        ("resolution", True, "The solution of TKT-2026-04881 is overdue", "The solution for Northwind is"),
        ("resolution", False, "TKT-2026-04881 is to be solved soon", "The ticket of Northwind is to be"),
    ],
)
def test_what_a_rule_tells_of_a_target_says_which_and_by_which_rule(
    in_app: Host, target: str, line: str, lead: str, *, over: bool
) -> None:
    data = json.dumps({"by": "", "target": target, "over": over, "rule": "Hurry <b>"})
    facts = facts_of(data, ticket_id=FACTS.ticket_id, subject="Late", account_name=FACTS.account_name)
    assert bell_text("ruled_staff", facts).startswith(line)
    mail = mail_text("ruled_staff", facts, MailFacts(agent=True))
    assert lead in mail.text
    assert "The rule “Hurry <b>” tells you so." in mail.text
    assert "“Hurry &lt;b&gt;”" in mail.html


def test_what_a_person_wrote_is_not_marked_as_machine_made() -> None:
    assert {notice.name for notice in NOTICES if not notice.automatic} == {"replied_customer", "resolved_customer"}
