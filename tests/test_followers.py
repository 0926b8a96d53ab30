"""An agent who follows a ticket is told what its assignee is told, as long as they see it."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from flask_sgsupport.actors import Right
from flask_sgsupport.errors import InvalidInput, NotAllowed, NotFound
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import Delivery, Event, Follower
from flask_sgsupport.queries.events import history_page
from flask_sgsupport.services import agents, assigning, following, preferring, replying, status
from tests.mailing import drained, parts
from tests.mailing import host as host  # noqa: PLC0414
from tests.smtp import Smtp
from tests.world import Host, OpenTicket


def told(host: Host, notice: str, channel: str = "bell") -> list[str]:
    """The first names of whom a notice tells, in order."""
    host.db.session.rollback()
    rows = select(Delivery.recipient_name).where(Delivery.notice == notice, Delivery.channel == channel)
    return sorted(name.split()[0] for name in host.db.session.scalars(rows))


@pytest.fixture
def followed(in_app: Host, answered_ticket: str) -> str:
    """A ticket that Ada has and Cleo follows."""
    assert following.follow(answered_ticket, in_app.agent("cleo"))
    return answered_ticket


@pytest.mark.every_database
def test_a_follower_is_told_what_the_assignee_is_told(in_app: Host, followed: str) -> None:
    replying.follow_up(followed, in_app.customer("jerome"), body="And more.")
    assert told(in_app, "follow_up_staff") == told(in_app, "follow_up_staff", "email") == ["Ada", "Cleo"]
    replying.add_note(followed, in_app.agent("grace"), body="Look at this.")
    assert told(in_app, "note_staff") == ["Ada", "Cleo"]
    replying.reply(followed, in_app.agent("ada"), body="Done.", status=Status.RESOLVED)
    replying.confirm_solved(followed, in_app.customer("jerome"))
    assert told(in_app, "confirmed_staff") == ["Ada", "Cleo"]
    status.reopen(followed, in_app.agent("ada"))
    assert told(in_app, "reopened_staff") == ["Cleo"], "nobody is told of their own act"


def test_where_nobody_has_it_followers_are_told_beside_the_queue_and_each_once(
    in_app: Host, open_ticket: OpenTicket
) -> None:
    ticket_id = open_ticket()
    following.follow(ticket_id, in_app.agent("cleo"))
    replying.follow_up(ticket_id, in_app.customer("jerome"), body="And more.")
    assert told(in_app, "follow_up_staff") == ["Ada", "Cleo", "Grace"]


@pytest.mark.every_database
def test_following_twice_is_following_once_and_can_be_ended(in_app: Host, followed: str) -> None:
    cleo = in_app.agent("cleo")
    assert not following.follow(followed, cleo)
    assert len(in_app.db.session.scalars(select(Follower.agent_pk)).all()) == 1
    assert following.unfollow(followed, cleo)
    assert not following.unfollow(followed, cleo)
    replying.follow_up(followed, in_app.customer("jerome"), body="And more.")
    assert told(in_app, "follow_up_staff") == ["Ada"]
    written = select(Event.action).where(Event.action == "follower.changed")
    assert len(in_app.db.session.scalars(written).all()) == 2


def test_only_an_agent_who_sees_it_follows_a_ticket(
    in_app: Host, open_ticket: OpenTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket_id = open_ticket()
    with pytest.raises(NotFound):
        following.follow(ticket_id, in_app.agent("ben"))
    with pytest.raises(NotAllowed):
        following.follow(ticket_id, in_app.customer("jerome"))
    following.follow(ticket_id, in_app.agent("cleo"))
    monkeypatch.setattr(following, "MAX_FOLLOWERS", 1)
    with pytest.raises(InvalidInput, match="agents follow this ticket"):
        following.follow(ticket_id, in_app.agent("ada"))


def test_rights_are_asked_when_a_mail_is_sent_and_a_line_is_shown(host: Host, answered_ticket: str, smtp: Smtp) -> None:
    with host.app.app_context():
        following.follow(answered_ticket, host.agent("cleo"))
        drained(host)
        smtp.mails.clear()
        replying.follow_up(answered_ticket, host.customer("jerome"), body="And more.")
        agents.change_agent(host.agent("grace"), str(host.ids["cleo"]), covers=agents.Covers(queues=("billing",)))
    drained(host)
    assert smtp.to("cleo@desk.example") == []
    assert smtp.to("ada@desk.example")
    page = host.client("cleo").get("/admin/support/notifications/").text
    assert answered_ticket not in page


def test_the_mail_says_why(host: Host, answered_ticket: str, smtp: Smtp) -> None:
    with host.app.app_context():
        following.follow(answered_ticket, host.agent("cleo"))
        replying.add_note(answered_ticket, host.agent("ada"), body="For whoever follows.")
    drained(host)
    text, __ = parts(smtp.to("cleo@desk.example")[-1])
    assert f"You get this because you follow {answered_ticket}." in text
    assert "left a note on this ticket" in text


def test_the_channels_are_those_a_follower_wants(in_app: Host, followed: str) -> None:
    preferring.set_preference(in_app.agent("cleo"), "email", wanted=False)
    replying.follow_up(followed, in_app.customer("jerome"), body="And more.")
    assert told(in_app, "follow_up_staff") == ["Ada", "Cleo"]
    assert told(in_app, "follow_up_staff", "email") == ["Ada"]


def test_the_page_has_the_button_names_followers_and_the_list_holds_the_ticket(
    host: Host, open_ticket: OpenTicket
) -> None:
    ticket_id, cleo = open_ticket(), host.client("cleo")
    address = f"/admin/support/tickets/{ticket_id}"
    assert ticket_id not in cleo.get("/admin/support/?view=following").text
    done = cleo.post(f"{address}/follow", follow_redirects=True).text
    assert "you are told what its assignee is told" in done
    assert "Followed by Cleo Marsh" in done and "Unfollow" in done
    assert ticket_id in cleo.get("/admin/support/?view=following").text
    assert ticket_id not in host.client("ada").get("/admin/support/?view=following").text
    assert "Followed by Cleo Marsh" in host.client("ada").get(address).text
    assert "You follow this ticket no longer." in cleo.post(f"{address}/unfollow", follow_redirects=True).text
    history = cleo.get(f"{address}/history").text
    assert "follows the ticket" in history and "follows the ticket no longer" in history
    assert "ollow" not in host.client("jerome").get(f"/support/tickets/{ticket_id}").text.split("Write a follow-up")[0]


def test_followers_cost_no_statement_more(in_app: Host, answered_ticket: str) -> None:
    def cost(body: str) -> int:
        with in_app.count_statements() as ran:
            replying.follow_up(answered_ticket, in_app.customer("jerome"), body=body)
        return len(ran)

    cost("First.")
    before = cost("Second.")
    assigning.assign(answered_ticket, in_app.agent("grace"), str(in_app.ids["ada"]))
    following.follow(answered_ticket, in_app.agent("cleo"))
    assert cost("Third.") == before


# A colleague is added and removed


@pytest.mark.every_database
def test_a_colleague_is_added_is_told_so_and_then_what_the_assignee_is_told(in_app: Host, answered_ticket: str) -> None:
    cleo = str(in_app.ids["cleo"])
    assert following.add_follower(answered_ticket, in_app.agent("grace"), cleo)
    assert not following.add_follower(answered_ticket, in_app.agent("ada"), cleo), "once"
    assert (told(in_app, "follower_added_staff"), told(in_app, "follower_added_staff", "email")) == (["Cleo"], [])
    replying.follow_up(answered_ticket, in_app.customer("jerome"), body="And more.")
    assert told(in_app, "follow_up_staff") == ["Ada", "Cleo"]
    assert following.remove_follower(answered_ticket, in_app.agent("ada"), cleo)
    assert not following.remove_follower(answered_ticket, in_app.agent("ada"), cleo)
    replying.add_note(answered_ticket, in_app.agent("grace"), body="Only for Ada.")
    assert told(in_app, "note_staff") == ["Ada"]
    said = [(row.actor, row.text) for row in history_page(in_app.agent("ada"), answered_ticket).rows]
    assert ("Grace Hopper", "had Cleo Marsh follow the ticket") in said
    assert ("Ada Lovelace", "took Cleo Marsh off the followers") in said


def test_who_adds_themselves_is_told_nothing(in_app: Host, answered_ticket: str) -> None:
    assert following.add_follower(answered_ticket, in_app.agent("cleo"), str(in_app.ids["cleo"]))
    assert told(in_app, "follower_added_staff") == []
    assert history_page(in_app.agent("ada"), answered_ticket).rows[0].text == "follows the ticket"


def test_only_whoever_sees_it_is_added_by_whoever_may_handle_it(
    in_app: Host, open_ticket: OpenTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket_id = open_ticket()
    grace, ids = in_app.agent("grace"), {who: str(key) for who, key in in_app.ids.items()}
    for blind in (ids["ben"], ids["jerome"], "4711", ""):
        with pytest.raises(InvalidInput, match="does not see the ticket"):
            following.add_follower(ticket_id, grace, blind)
    for change in (following.add_follower, following.remove_follower):
        with pytest.raises(NotFound):
            change(ticket_id, in_app.agent("ben"), ids["cleo"])
        with pytest.raises(NotAllowed):
            change(ticket_id, in_app.customer("jerome"), ids["cleo"])
    in_app.support.permission(
        lambda person, right: False if right is Right.HANDLE and person.id == ids["ada"] else None
    )
    with pytest.raises((NotAllowed, NotFound)):
        following.add_follower(ticket_id, in_app.agent("ada"), ids["cleo"])
    with pytest.raises(InvalidInput, match="does not see the ticket"):
        following.add_follower(ticket_id, grace, ids["ada"])
    monkeypatch.setattr(following, "MAX_FOLLOWERS", 0)
    with pytest.raises(InvalidInput, match="agents follow this ticket"):
        following.add_follower(ticket_id, grace, ids["cleo"])


def test_the_card_offers_colleagues_who_see_it_and_removes_those_who_follow(
    host: Host, open_ticket: OpenTicket
) -> None:
    ticket_id, ada, cleo = open_ticket(), host.client("ada"), host.ids["cleo"]
    address = f"/admin/support/tickets/{ticket_id}"

    def offered(page: str) -> list[str]:
        chosen = page.split('id="sg-follower"')[1].split("</select>")[0]
        return [name for name in re.findall(r"<option[^>]*>([^<]*)</option>", chosen) if name]

    assert offered(ada.get(address).text) == ["Cleo Marsh", "Grace Hopper"]
    done = ada.post(f"{address}/followers", data={"follower": str(cleo)}, follow_redirects=True).text
    assert "They follow this ticket and are told so." in done
    assert "Followed by Cleo Marsh" in done and offered(done) == ["Grace Hopper"]
    assert "Remove Cleo Marsh" in done and "Remove Cleo Marsh" not in host.client("cleo").get(address).text
    bell = host.client("cleo").get("/admin/support/notifications/").text
    assert f"Ada Lovelace had you follow {ticket_id}" in bell
    wrong = ada.post(f"{address}/followers", data={"follower": str(host.ids["ben"])})
    assert wrong.status_code == 422 and wrong.text.count("This agent does not see the ticket.") > 1
    gone = ada.post(f"{address}/followers/remove", data={"follower": str(cleo)}, follow_redirects=True).text
    assert "They follow this ticket no longer." in gone and "Followed by" not in gone


def test_whoever_wants_no_bell_is_added_without_one(in_app: Host, answered_ticket: str) -> None:
    preferring.set_preference(in_app.agent("cleo"), "bell", wanted=False)
    assert following.add_follower(answered_ticket, in_app.agent("grace"), str(in_app.ids["cleo"]))
    assert told(in_app, "follower_added_staff") == []
