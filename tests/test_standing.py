"""The host's directory and permission hooks are asked before locks are held, and a failure costs nobody their words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import abort
from sqlalchemy import select

from flask_sgsupport.actors import Person, Right
from flask_sgsupport.hooks import Routed
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import Message, Ticket
from flask_sgsupport.services import assigning, replying, sorting, status
from tests.world import Host, OpenTicket

Ask = Callable[[], None]


def about_ada(host: Host, do: Ask) -> None:
    """From now on something happens whenever the directory is asked about Ada."""
    known, ada = host.desk.hooks.directory.person, str(host.ids["ada"])

    def person(person_id: str) -> Any:
        if person_id == ada:
            do()
        return known(person_id)

    host.desk.hooks.directory.person = person


def fail() -> None:
    raise ConnectionError("LDAP is away")


def newest(host: Host) -> tuple[str, int | None, str]:
    with host.app.app_context():
        wanted = select(Ticket.status, Ticket.assignee_pk, Message.body).join(Message, Message.ticket_pk == Ticket.pk)
        return tuple(host.db.session.execute(wanted.order_by(Message.pk.desc())).first())


def test_a_ticket_is_opened_where_the_directory_fails_for_the_agent_it_was_routed_to(
    host: Host, caplog: pytest.LogCaptureFixture
) -> None:
    host.support.route(lambda draft: Routed(assignee="ada@desk.example", because="VIP"))
    about_ada(host, fail)
    answer = host.client("jerome").post("/support/open", data={"subject": "Checkout", "body": "Long text."})
    assert answer.status_code == 302
    assert newest(host) == ("open", None, "Long text.")
    assert "The directory could not be asked" in caplog.text


def test_a_follow_up_is_kept_where_the_directory_fails_for_the_assignee(
    host: Host, resolved_ticket: str, caplog: pytest.LogCaptureFixture
) -> None:
    about_ada(host, fail)
    answer = host.client("jerome").post(f"/support/tickets/{resolved_ticket}/follow-up", data={"body": "Still broken."})
    assert answer.status_code == 302
    assert newest(host) == ("open", None, "Still broken.")
    assert "The directory could not be asked" in caplog.text


def test_nobody_is_asked_while_a_ticket_is_locked(host: Host, open_ticket: OpenTicket, resolved_ticket: str) -> None:
    asked: list[bool] = []

    def look() -> None:
        connections = host.db.session().info.get("sgsupport_connections", ())
        asked.append(any(connection.info.get("sgsupport_wrote") for connection in connections))

    about_ada(host, look)
    ada = str(host.ids["ada"])
    number = open_ticket()

    @host.support.permission
    def permission(person: Any, right: Right) -> None:
        if person.id == ada:
            look()

    with host.app.app_context():
        grace, jerome = host.agent("grace"), host.customer("jerome")
        asked.clear()
        host.support.route(lambda draft: Routed(assignee=ada, because="VIP"))
        open_ticket(subject="Routed")
        assigning.assign(number, grace, ada)
        sorting.change_fields(number, grace, {"queue": "billing"})
        replying.reply(number, grace, body="Yours.", assignee=None, status=Status.RESOLVED)
        status.set_status(number, grace, Status.OPEN)
        for again in (replying.follow_up, replying.still_need_help):
            replying.reply(resolved_ticket, grace, body=again.__name__, status=Status.RESOLVED) if asked else None
            again(resolved_ticket, jerome, body=f"Again by {again.__name__}")
        replying.reply(resolved_ticket, grace, body="Done.", status=Status.RESOLVED)
        replying.confirm_solved(resolved_ticket, jerome)
        status.reopen(resolved_ticket, grace)
    assert asked
    assert not any(asked)


def test_whose_an_address_is_needs_no_statement_and_no_lock_the_second_time(
    host: Host, open_ticket: OpenTicket
) -> None:
    asked: list[bool] = []

    def look() -> None:
        connections = host.db.session().info.get("sgsupport_connections", ())
        asked.append(any(connection.info.get("sgsupport_wrote") for connection in connections))

    host.support.route(lambda draft: Routed(assignee="ada@desk.example", because="VIP"))
    about_ada(host, look)
    open_ticket(subject="First")
    asked.clear()
    open_ticket(subject="Second")
    assert asked == [False]


class Broken:
    """The host's directory: it can say who is signed in, and fails whatever else it is asked."""

    def __init__(self, known: Any, *, current: bool) -> None:
        self.known, self.fails_too = known, current

    def current(self) -> Any:
        """Whoever is signed in."""
        return 1 / 0 if self.fails_too else self.known.current()

    def person(self, *asked: Any, **named: Any) -> Any:
        """Fail."""
        raise LookupError("the host's table is gone")

    by_email = agent_candidates = people_of = find = person


@pytest.mark.parametrize(
    "path",
    [
        "agents/?q=ada",
        "agents/{ada}",
        "open?q=jerome",
        "open?q=jerome@northwind.example",
        "open?person={jerome}&account=1",
        "tickets/{ticket}/requester",
    ],
)
def test_a_page_that_needs_a_directory_that_fails_says_so(
    host: Host, answered_ticket: str, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    client = host.client("grace")
    host.desk.hooks.directory = Broken(host.desk.hooks.directory, current=False)
    answer = client.get("/admin/support/" + path.format(ticket=answered_ticket, **host.ids))
    assert answer.status_code == 409
    assert "The application could not say just now who these people are." in answer.text
    assert "The app's directory failed: Broken.person" in caplog.text
    for shown in ("", "agents/", f"tickets/{answered_ticket}"):
        assert client.get(f"/admin/support/{shown}").status_code == 200, "what is stored is shown"
    now = client.get(f"/admin/support/tickets/{answered_ticket}?now=1")
    assert (now.status_code, "The app could not be asked about Jerome Ellis just now." in now.text) == (200, True)


def test_a_directory_may_answer_one_by_one_and_fail_on_the_way(
    host: Host, answered_ticket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = host.desk.hooks.directory
    with host.app.app_context():
        people = directory.people_of("1")

    def one_by_one(account_id: str) -> Iterator[Person]:
        yield people[0]
        if fails:
            raise LookupError("the host's table is gone")

    monkeypatch.setattr(directory, "people_of", one_by_one)
    for fails, wanted in ((False, 200), (True, 409)):
        for path in (f"tickets/{answered_ticket}/requester", "open?q=1"):
            assert host.client("grace").get(f"/admin/support/{path}").status_code == wanted, (path, fails)


def test_what_a_directory_refuses_itself_is_refused(
    host: Host, answered_ticket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host.desk.hooks.directory, "people_of", lambda account_id: abort(403))
    assert host.client("grace").get(f"/admin/support/tickets/{answered_ticket}/requester").status_code == 403


def test_what_was_typed_stays_where_the_directory_fails(host: Host, answered_ticket: str) -> None:
    client = host.client("grace")
    host.desk.hooks.directory = Broken(host.desk.hooks.directory, current=False)
    form = {"person": str(host.ids["jerome"]), "account": "1", "subject": "Checkout", "body": "Nobody can pay by card."}
    answer = client.post("/admin/support/open", data=form)
    assert answer.status_code == 409
    assert form["body"] in answer.text


def test_a_directory_that_cannot_say_who_is_signed_in_is_the_apps_own_error(
    host: Host, caplog: pytest.LogCaptureFixture
) -> None:
    client = host.client("jerome")
    host.desk.hooks.directory = Broken(host.desk.hooks.directory, current=True)
    with pytest.raises(ZeroDivisionError):
        client.get("/support/")
    assert "The app's directory failed: Broken.current" in caplog.text
    assert client.get("/").status_code == 200
