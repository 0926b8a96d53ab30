"""A colleague of the requester who follows a ticket is told what the requester is told, as long as they see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from flask_sgsupport.errors import InvalidInput, NotAllowed, NotFound, TransitionRefused
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import CustomerFollower, Delivery, Event, Ticket
from flask_sgsupport.queries.events import history_page
from flask_sgsupport.services import (
    following,
    merging,
    preferring,
    replying,
    sorting,
    status,
)
from flask_sgsupport.services.clock import tick
from flask_sgsupport.services.delivering import claim, prepare
from tests.mailing import drained, parts
from tests.mailing import host as host  # noqa: PLC0414
from tests.smtp import Smtp
from tests.world import Host, OpenTicket

LENA = "lena@northwind.example"


def told(host: Host, notice: str, channel: str = "bell") -> list[str]:
    """The first names of whom a notice tells, in order."""
    host.db.session.rollback()
    rows = select(Delivery.recipient_name).where(Delivery.notice == notice, Delivery.channel == channel)
    return sorted(name.split()[0] for name in host.db.session.scalars(rows))


def both(host: Host, notice: str) -> list[str]:
    """The same, through both channels alike."""
    in_app, mailed = told(host, notice), told(host, notice, "email")
    assert in_app == mailed
    return in_app


@pytest.fixture
def followed(in_app: Host, answered_ticket: str) -> str:
    """A ticket of Jerome's that Lena follows."""
    assert following.follow(answered_ticket, in_app.customer("lena"))
    return answered_ticket


@pytest.mark.every_database
def test_a_follower_is_told_what_the_requester_is_told_and_nobody_of_their_own_act(in_app: Host, followed: str) -> None:
    ada, jerome, lena = in_app.agent("ada"), in_app.customer("jerome"), in_app.customer("lena")
    assert both(in_app, "replied_customer") == ["Jerome"], "of what was said before"
    replying.reply(followed, ada, body="Look.")
    assert both(in_app, "replied_customer") == ["Jerome", "Jerome", "Lena"]
    replying.reply(followed, ada, body="Done.", status=Status.RESOLVED)
    assert both(in_app, "resolved_customer") == ["Jerome", "Lena"], "one act is one notification"
    replying.still_need_help(followed, jerome)
    assert told(in_app, "reopened_bell_customer") == ["Lena"]
    replying.reply(followed, ada, body="Now.", status=Status.RESOLVED)
    status.set_status(followed, ada, Status.OPEN)
    assert told(in_app, "set_open_bell_customer") == ["Jerome", "Lena"]
    replying.reply(followed, ada, body="Really.", status=Status.RESOLVED)
    replying.confirm_solved(followed, lena)
    assert told(in_app, "closed_bell_customer") == ["Jerome"]
    status.reopen(followed, ada)
    assert both(in_app, "reopened_customer") == ["Jerome", "Lena"]


@pytest.mark.every_database
def test_what_closes_by_itself_or_by_support_tells_a_follower(in_app: Host, followed: str, clock: Any) -> None:
    ada = in_app.agent("ada")
    replying.reply(followed, ada, body="Done.", status=Status.RESOLVED)
    replying.close_with_confirmation(followed, ada, note="He called.")
    assert both(in_app, "closed_customer") == ["Jerome", "Lena"]


@pytest.mark.every_database
def test_following_twice_is_following_once_and_can_be_ended(in_app: Host, followed: str) -> None:
    lena, ada = in_app.customer("lena"), in_app.agent("ada")
    assert not following.follow(followed, lena)
    assert in_app.db.session.scalars(select(CustomerFollower.host_id)).all() == [str(in_app.ids["lena"])]
    assert following.unfollow(followed, lena)
    assert not following.unfollow(followed, lena)
    replying.reply(followed, ada, body="Look.")
    assert "Lena" not in told(in_app, "replied_customer")
    said = [(row.actor, row.text) for row in history_page(ada, followed).rows]
    assert ("Lena Brandt", "follows the ticket") in said
    assert ("Lena Brandt", "follows the ticket no longer") in said
    written = select(Event.action).where(Event.action == "follower.changed")
    assert len(in_app.db.session.scalars(written).all()) == 2


def test_no_note_and_nothing_for_agents_reaches_a_follower(in_app: Host, followed: str) -> None:
    lena = str(in_app.ids["lena"])
    replying.add_note(followed, in_app.agent("ada"), body="Her backups are old.")
    replying.follow_up(followed, in_app.customer("jerome"), body="And more.")
    theirs = select(Delivery.notice).where(Delivery.recipient_id == lena)
    assert in_app.db.session.scalars(theirs).all() == []


def test_only_a_colleague_who_sees_it_follows_a_ticket(
    in_app: Host, open_ticket: OpenTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket_id = open_ticket()
    for change in (following.follow, following.unfollow):
        with pytest.raises(NotFound):
            change(ticket_id, in_app.customer("mina"))
        with pytest.raises(NotAllowed, match="told of it anyway"):
            change(ticket_id, in_app.customer("jerome"))
    with pytest.raises(NotAllowed):
        in_app.customer("nora")
    monkeypatch.setattr(following, "MAX_FOLLOWERS", 0)
    with pytest.raises(InvalidInput, match="of you follow this ticket"):
        following.follow(ticket_id, in_app.customer("lena"))


def test_a_ticket_that_became_part_of_another_is_followed_there(in_app: Host, open_ticket: OpenTicket) -> None:
    old, new = open_ticket(), open_ticket(subject="The same again")
    following.follow(old, in_app.customer("lena"))
    merging.merge(old, in_app.agent("ada"), new)
    assert both(in_app, "merged_customer") == ["Jerome", "Lena"]
    with pytest.raises(TransitionRefused) as refused:
        following.follow(old, in_app.customer("lena"))
    assert refused.value.merged_into == new


def test_who_follows_both_tickets_is_told_once_of_their_merging(in_app: Host, open_ticket: OpenTicket) -> None:
    old, new = open_ticket(), open_ticket("lena", subject="The same again")
    following.follow(old, in_app.customer("lena"))
    following.follow(new, in_app.customer("jerome"))
    merging.merge(old, in_app.agent("ada"), new)
    assert both(in_app, "merged_customer") == ["Jerome", "Lena"]


def test_receipts_are_the_requesters_alone(in_app: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    sorting.put_aside(ticket_id, in_app.agent("ada"), "spam")
    following.follow(ticket_id, in_app.customer("lena"))
    sorting.release(ticket_id, in_app.agent("ada"))
    assert "Lena" not in told(in_app, "opened_receipt", "email")


def test_the_channels_are_those_a_follower_wants(in_app: Host, followed: str) -> None:
    preferring.set_preference(in_app.customer("lena"), "email", wanted=False)
    replying.reply(followed, in_app.agent("ada"), body="Look.")
    assert "Lena" in told(in_app, "replied_customer")
    assert "Lena" not in told(in_app, "replied_customer", "email")


def test_a_new_requester_is_told_as_such_and_other_followers_not_again(in_app: Host, followed: str) -> None:
    ada = in_app.agent("ada")
    replying.reply(followed, ada, body="Done.", status=Status.RESOLVED)
    lena = in_app.desk.hooks.directory.person(str(in_app.ids["lena"]))
    sorting.change_requester(followed, ada, lena)
    assert both(in_app, "resolved_customer") == ["Jerome", "Lena", "Lena"]
    rows = select(Delivery.data).where(Delivery.notice == "resolved_customer", Delivery.recipient_id == lena.id)
    assert ["follows" in data for data in in_app.db.session.scalars(rows.order_by(Delivery.pk))] == [
        True, True, False, False,
    ]  # fmt: skip
    jerome = in_app.desk.hooks.directory.person(str(in_app.ids["jerome"]))
    sorting.change_requester(followed, ada, jerome)
    assert both(in_app, "resolved_customer") == ["Jerome", "Jerome", "Lena", "Lena"]


LOST: dict[str, Callable[[Host, str], object]] = {
    "access": lambda host, __: host.change_user("lena", owner=False, support=False),
    "the account": lambda host, __: host.change_user("lena", account_id=2),
    "their login": lambda host, __: host.change_user("lena", enabled=False),
    "the wish": lambda host, ticket_id: following.unfollow(ticket_id, host.customer("lena")),
}


@pytest.mark.every_database
@pytest.mark.parametrize("lost", LOST)
def test_rights_are_asked_when_the_mail_goes_out(in_app: Host, followed: str, lost: str) -> None:
    replying.reply(followed, in_app.agent("ada"), body="Look.")
    LOST[lost](in_app, followed)
    going_out = [prepare(one.key, "tests") for one in claim("tests", 10)]
    to = {mail.to_address for mail in going_out if mail}
    assert LENA not in to and "jerome@northwind.example" in to


def test_who_moved_away_reads_no_line_of_it(host: Host, answered_ticket: str) -> None:
    with host.app.app_context():
        following.follow(answered_ticket, host.customer("lena"))
        replying.reply(answered_ticket, host.agent("ada"), body="Look.")
    lena = host.client("lena")
    assert answered_ticket in lena.get("/support/notifications").text
    host.change_user("lena", account_id=2)
    assert answered_ticket not in lena.get("/support/notifications").text


def test_the_mail_says_why_and_asks_a_follower_nothing_that_is_the_requesters(
    host: Host, answered_ticket: str, smtp: Smtp
) -> None:
    with host.app.app_context():
        following.follow(answered_ticket, host.customer("lena"))
        replying.reply(answered_ticket, host.agent("ada"), body="Done.", status=Status.RESOLVED)
    drained(host)
    for words in parts(smtp.to(LENA)[-1]):
        assert f"You get this because you follow {answered_ticket}." in words
        assert f"Ticket {answered_ticket} is marked as solved." in words and "It closes on" in words
        for never in ("Your ticket", "you asked for help", "That solved it", "How was the help", "/solved"):
            assert never not in words
    for words in parts(smtp.to("jerome@northwind.example")[-1]):
        assert "Your ticket is marked as solved." in words and "That solved it" in words
        assert "How was the help" in words


WORDS: dict[str, tuple[Callable[[Host, str], object], str]] = {
    "replied": (
        lambda host, key: replying.reply(key, host.agent("ada"), body="Look."),
        "Ada answered ticket {ticket}.",
    ),
    "closed": (
        lambda host, key: (
            replying.reply(key, host.agent("ada"), body="Done.", status=Status.RESOLVED),
            replying.close_with_confirmation(key, host.agent("ada"), note="He called."),
        ),
        "Support closed ticket {ticket}.",
    ),
    "reopened": (
        lambda host, key: (
            replying.reply(key, host.agent("ada"), body="Done.", status=Status.RESOLVED),
            replying.confirm_solved(key, host.customer("jerome")),
            status.reopen(key, host.agent("ada")),
        ),
        "Ticket {ticket} is open again.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", WORDS)
def test_what_a_followers_mail_says_is_true_for_them(host: Host, answered_ticket: str, smtp: Smtp, what: str) -> None:
    act, sentence = WORDS[what]
    with host.app.app_context():
        following.follow(answered_ticket, host.customer("lena"))
        act(host, answered_ticket)
    drained(host)
    for words in parts(smtp.to(LENA)[-1]):
        assert sentence.format(ticket=answered_ticket) in words
        assert "our ticket" not in words


def test_a_mail_to_a_follower_that_is_lost_holds_no_closing(in_app: Host, followed: str, clock: Any) -> None:
    replying.reply(followed, in_app.agent("ada"), body="Done.", status=Status.RESOLVED)
    in_app.bent = "a mail is lost by hand"
    lena = Delivery.recipient_id == str(in_app.ids["lena"])
    in_app.db.session.execute(update(Delivery).where(lena, Delivery.channel == "email").values(state="failed"))
    in_app.db.session.execute(update(Delivery).where(~lena).values(state="sent"))
    in_app.db.session.commit()
    clock.forward(hours=49)
    tick()
    assert in_app.db.session.scalar(select(Ticket.status)) == "closed"


def test_a_person_who_is_renamed_is_told_under_their_new_address(host: Host, answered_ticket: str) -> None:
    with host.app.app_context():
        following.follow(answered_ticket, host.customer("lena"))
        replying.reply(answered_ticket, host.agent("ada"), body="Look.")
    host.change_user("lena", name="Lena Ek", email="ek@northwind.example")
    with host.app.app_context():
        host.support.person_changed(host.ids["lena"])
        host.db.session.commit()
        replying.reply(answered_ticket, host.agent("ada"), body="Look again.")
        lena = Delivery.recipient_id == str(host.ids["lena"])
        rows = select(Delivery.recipient_name, Delivery.address).where(lena, Delivery.channel == "email")
        assert {tuple(row) for row in host.db.session.execute(rows)} == {("Lena Ek", "ek@northwind.example")}
    assert "Followed on the customer’s side by Lena Ek" in host.client("ada").get(
        f"/admin/support/tickets/{answered_ticket}"
    ).text  # fmt: skip


@pytest.mark.every_database
def test_who_has_left_follows_nothing_any_more(in_app: Host, followed: str) -> None:
    replying.reply(followed, in_app.agent("ada"), body="Look.")
    in_app.support.person_left(in_app.ids["lena"])
    in_app.db.session.commit()
    assert in_app.db.session.scalars(select(CustomerFollower.host_id)).all() == []
    replying.reply(followed, in_app.agent("ada"), body="Look again.")
    lena = Delivery.recipient_id == str(in_app.ids["lena"])
    assert in_app.db.session.scalars(select(Delivery.state).where(lena, Delivery.channel == "email")).all() == [
        "cancelled"
    ]
    said = [(row.actor, row.text) for row in history_page(in_app.agent("ada"), followed).rows]
    assert ("The app", "took Lena Brandt off the followers") in said


def test_of_a_removed_account_a_follower_gets_nothing(in_app: Host, followed: str) -> None:
    replying.reply(followed, in_app.agent("ada"), body="Look.")
    in_app.support.account_removed(1)
    in_app.db.session.commit()
    replying.reply(followed, in_app.agent("ada"), body="Look again.")
    going_out = [prepare(one.key, "tests") for one in claim("tests", 10)]
    assert not [mail.to_address for mail in going_out if mail and "northwind" in mail.to_address]


def test_the_page_has_the_press_and_agents_see_who_follows(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id, lena, ada = open_ticket(), host.client("lena"), host.client("ada")
    address, inbox = f"/support/tickets/{ticket_id}", f"/admin/support/tickets/{ticket_id}"
    assert "tells you what Jerome Ellis is told" in lena.get(address).text
    done = lena.post(f"{address}/follow", follow_redirects=True).text
    assert "You follow this ticket: you are told what its requester is told." in done
    assert "Stop following" in done
    page = ada.get(inbox).text
    assert "Followed on the customer’s side by Lena Brandt" in page and "Followed by" not in page
    assert "Stop following" not in host.client("jerome").get(address).text
    assert f'action="{address}/follow"' not in host.client("jerome").get(address).text
    ended = lena.post(f"{address}/unfollow", follow_redirects=True).text
    assert "You follow this ticket no longer." in ended and f'action="{address}/follow"' in ended
    assert "Followed on" not in ada.get(inbox).text
    assert "told of it anyway" in host.client("jerome").post(f"{address}/follow").text


def test_followers_cost_one_statement_where_there_are_some_and_none_else(in_app: Host, answered_ticket: str) -> None:
    def cost(body: str) -> int:
        with in_app.count_statements() as ran:
            replying.reply(answered_ticket, in_app.agent("ada"), body=body)
        return len(ran)

    cost("First.")
    before = cost("Second.")
    following.follow(answered_ticket, in_app.customer("lena"))
    assert cost("Third.") == before + 1


@pytest.mark.every_database
def test_pages_cost_no_statement_more(host: Host, answered_ticket: str) -> None:
    def cost(who: str, address: str) -> int:
        client = host.client(who)
        client.get(address)
        with host.count_statements() as ran:
            assert client.get(address).status_code == 200
        return len(ran)

    pages = ("lena", f"/support/tickets/{answered_ticket}"), ("ada", f"/admin/support/tickets/{answered_ticket}")
    before = [cost(*page) for page in pages]
    with host.app.app_context():
        following.follow(answered_ticket, host.customer("lena"))
    assert [cost(*page) for page in pages] == before
    assert before[0] <= 6
