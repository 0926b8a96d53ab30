"""A host's hooks: each left out, wrong, failing, huge or slow; none costs the operator the ticket."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from flask_sgsupport import signals
from flask_sgsupport.actors import Person, Right
from flask_sgsupport.errors import ConfigurationError, NotAllowed
from flask_sgsupport.hooks import HOOKS, Account, Activity, Operator, Origin, Routed, Site
from flask_sgsupport.models import ContextSnapshot, Delivery, Event, Queue, Ticket, TicketTag
from flask_sgsupport.queries.events import history_page
from flask_sgsupport.services import opening, replying
from flask_sgsupport.services.capturing import capture
from flask_sgsupport.snapshot import PARTS, changes_since, decode
from tests.world import START, Host, OpenTicket, build_host, dispose, populate

FIELDS = {"subject": "Checkout failing", "body": "Nobody can pay."}
HUGE = "x" * 5_000_000


def hang(*arguments: Any) -> Any:
    time.sleep(60)


def explode(*arguments: Any) -> Any:
    raise RuntimeError("the billing service is down")


HUGE_ANSWERS: dict[str, Any] = {
    "account": Account(HUGE, plan=HUGE),
    "sites": [Site(str(n), HUGE) for n in range(3)],
    "activity": [Activity(HUGE, at=START) for _ in range(3)],
    "operator": Operator(HUGE, HUGE, HUGE),
}
MISCHIEF: dict[str, Any] = {
    "raises": explode,
    "rubbish": lambda *a: {"not": "what was promised"},
    "none": lambda *a: None,
    "hangs": hang,
}


@pytest.fixture
def bare_host(database_url: str, tmp_path: Path) -> Iterator[Host]:
    """A host without hooks, on a file database and not under test, so that hooks run in threads of their own."""
    host = build_host(database_url, tmp_path, hooks=False, TESTING=False, SGSUPPORT_WORKER="none")
    populate(host)
    yield host
    dispose(host)


def snapshot_of(host: Host, ticket_id: str) -> Any:
    row = (
        select(ContextSnapshot.body)
        .join(Ticket, Ticket.pk == ContextSnapshot.ticket_pk)
        .where(Ticket.ticket_id == ticket_id)
    )
    return decode(host.db.session.scalars(row).one())


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("mischief", MISCHIEF)
def test_the_ticket_opens_in_time_and_the_snapshot_says_what_is_missing(
    bare_host: Host, part: str, mischief: str
) -> None:
    told: list[Any] = []

    def on_failure(app: Any, payload: Any) -> None:
        told.append((payload.hook, payload.account_id))

    signals.context_hook_failed.connect(on_failure)
    bare_host.support.hooks.set_context(part, MISCHIEF[mischief])
    with bare_host.app.app_context():
        started = time.monotonic()
        ticket_id = opening.open_ticket(bare_host.customer("jerome"), **FIELDS).ticket_id
        assert time.monotonic() - started < 3, "the documented budget is two seconds, and one to spare"
        snapshot = snapshot_of(bare_host, ticket_id)
    assert list(snapshot.unavailable) == [part]
    assert told == [(part, "1")]
    signals.context_hook_failed.disconnect(on_failure)


@pytest.mark.parametrize("part", PARTS)
def test_five_megabytes_are_cut_and_the_snapshot_says_so(bare_host: Host, part: str) -> None:
    bare_host.support.hooks.set_context(part, lambda *a: HUGE_ANSWERS[part])
    with bare_host.app.app_context():
        started = time.monotonic()
        ticket_id = opening.open_ticket(bare_host.customer("jerome"), **FIELDS).ticket_id
        assert time.monotonic() - started < 3
        snapshot = snapshot_of(bare_host, ticket_id)
        body = bare_host.db.session.scalars(select(ContextSnapshot.body)).one()
    assert part in snapshot.cut
    assert len(body.encode()) <= bare_host.desk.settings.snapshot_max_bytes


def test_all_four_hanging_cost_one_budget_and_are_not_called_again_while_they_hang(bare_host: Host) -> None:
    calls: list[str] = []
    release = threading.Event()

    def hanging(name: str) -> Any:
        def wait(*arguments: Any) -> Any:
            calls.append(name)
            release.wait(20)

        return wait

    for part in PARTS:
        bare_host.support.hooks.set_context(part, hanging(part))
    with bare_host.app.app_context():
        jerome = bare_host.customer("jerome")
        started = time.monotonic()
        first = capture(jerome, "1", Origin("panel"))
        assert time.monotonic() - started < 3
        started = time.monotonic()
        second = capture(jerome, "1", Origin("panel"))
        assert time.monotonic() - started < 1, "a hook that still hangs is not waited for again"
    release.set()
    assert sorted(calls) == sorted(PARTS)
    assert set(first.snapshot.unavailable) == set(second.snapshot.unavailable) == set(PARTS)


def test_what_is_left_out_is_told_from_the_directory(bare_host: Host) -> None:
    with bare_host.app.app_context():
        captured = capture(bare_host.customer("jerome"), "1", Origin("panel"))
    assert captured.snapshot.operator == Operator("Jerome Ellis", "Admin", "both")
    assert captured.snapshot.account is not None
    assert captured.snapshot.unavailable == {}
    assert captured.snapshot.sites == ()


def test_a_snapshot_is_read_back_as_it_was_written(in_app: Host) -> None:
    captured = capture(in_app.customer("jerome"), "1", Origin("panel"))
    assert decode(captured.body) == captured.snapshot
    assert json.loads(captured.body)["schema"] == 1
    assert captured.snapshot.latest is not None
    assert captured.snapshot.latest.action == "theme update"


def test_changes_since_name_what_an_agent_should_know(in_app: Host) -> None:
    then = capture(in_app.customer("jerome"), "1", Origin("panel")).snapshot
    in_app.support.hooks.context["account"] = lambda *a: Account(
        "Northwind Outfitters", plan="Enterprise", billing="paid to 1 May"
    )
    now = capture(in_app.customer("jerome"), "1", Origin("panel")).snapshot
    assert changes_since(then, now) == {"plan": ("Growth", "Enterprise")}


def test_a_hook_is_registered_once_and_must_be_callable(bare_host: Host) -> None:
    bare_host.support.account(lambda *a: Account("x"))
    with pytest.raises(ConfigurationError, match="There is a hook for account already"):
        bare_host.support.account(lambda *a: Account("y"))
    with pytest.raises(ConfigurationError, match="must be a function"):
        bare_host.support.sites("not a function")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [hook.name for hook in HOOKS])
def test_a_hook_that_does_not_take_what_it_gets_is_refused_at_once(bare_host: Host, name: str) -> None:
    register = getattr(bare_host.support, name)
    with pytest.raises(ConfigurationError, match=f"The {name} hook must be a function of"):
        register(lambda: None)
    with pytest.raises(ConfigurationError, match=f"write @support.{name} above it, without parentheses"):
        register()


def test_the_table_of_hooks_names_every_hook(bare_host: Host) -> None:
    assert {hook.name for hook in HOOKS if hook.context} == set(PARTS)
    for hook in HOOKS:
        assert callable(getattr(bare_host.support, hook.name))


# Routing in Python


def test_a_routing_function_decides_and_the_ticket_says_why(in_app: Host) -> None:
    seen = []

    @in_app.support.route
    def decide(draft: Any) -> Routed:
        seen.append((draft.account_id, draft.plan, draft.requester.email, draft.category))
        return Routed("billing", "urgent", "ben@desk.example", ("vip", "invoice"), because="the word invoice")

    ticket_id = opening.open_ticket(in_app.customer("jerome"), category="storefront", **FIELDS).ticket_id
    assert seen == [("1", "Growth", "jerome@northwind.example", "storefront")]
    ticket, queue = in_app.db.session.execute(select(Ticket, Queue.key).join(Queue, Queue.pk == Ticket.queue_pk)).one()
    assert (queue, ticket.priority, ticket.assignee_pk) == ("billing", "urgent", in_app.agent("ben").agent_pk)
    assert set(in_app.db.session.scalars(select(TicketTag.tag))) == {"vip", "invoice"}
    assert json.loads(ticket.routing) == ["Routed to Billing: the word invoice", "priority urgent: the word invoice"]
    assert ticket_id in {ticket.ticket_id}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (explode, "failed and was passed over"),
        (lambda draft: "billing", "failed and was passed over"),
        (lambda draft: Routed(queue=7), "failed and was passed over"),  # type: ignore[arg-type]
        (lambda draft: Routed(queue="nowhere"), "unknown or disabled queue “nowhere”"),
        (lambda draft: Routed(priority="at once"), "unknown priority “at once”"),
        (lambda draft: Routed(assignee="ben@desk.example"), "default queue"),
    ],
)
def test_a_routing_function_that_fails_is_passed_over_and_said(in_app: Host, answer: Any, reason: str) -> None:
    in_app.support.route(answer)
    opening.open_ticket(in_app.customer("jerome"), **FIELDS)
    ticket, queue = in_app.db.session.execute(select(Ticket, Queue.key).join(Queue, Queue.pk == Ticket.queue_pk)).one()
    assert (queue, ticket.assignee_pk) == ("support", None)
    assert reason in ticket.routing


def test_the_routing_filters_and_not_the_customer(in_app: Host) -> None:
    in_app.support.route(lambda draft: Routed(filtered="automatic reply"))
    number = opening.open_ticket(in_app.customer("jerome"), **FIELDS).ticket_id
    rows = history_page(in_app.agent("grace"), number).rows
    assert {row.action: row.actor for row in rows} == {
        "ticket.opened": "Jerome Ellis",
        "ticket.routed": "Routing",
        "ticket.filtered": "Routing",
    }
    event = in_app.db.session.scalars(select(Event).where(Event.action == "ticket.filtered")).one()
    assert (event.side, event.label, event.person_pk) == ("rule", "system:routing", None)


def test_a_filtered_ticket_waits_aside_and_tells_nobody(in_app: Host) -> None:
    in_app.support.route(lambda draft: Routed(filtered="looks like advertising"))
    opening.open_ticket(in_app.customer("jerome"), **FIELDS)
    assert in_app.db.session.scalars(select(Ticket.filtered_reason)).one() == "looks like advertising"
    assert in_app.db.session.scalars(select(Delivery)).all() == []


# Permissions


def test_the_host_may_add_a_right_and_forbidding_wins(in_app: Host, open_ticket: OpenTicket) -> None:
    in_app.support.permission(
        lambda person, right: True if right is Right.CLOSE and person.name == "Cleo Marsh" else None
    )
    assert Right.CLOSE in in_app.agent("cleo").rights
    in_app.support.permission(lambda person, right: False if right is Right.CLOSE else None)
    assert Right.CLOSE not in in_app.agent("cleo").rights
    assert Right.CLOSE not in in_app.agent("grace").rights, "a lead, too"


def test_a_permission_hook_that_raises_opens_no_door(in_app: Host, open_ticket: OpenTicket) -> None:
    def broken(person: Person, right: Right) -> bool:
        raise LookupError("the host's rights service is down")

    ticket_id = open_ticket()
    in_app.support.permission(broken)
    assert in_app.agent("grace").rights == frozenset()
    with pytest.raises(Exception, match="There is no ticket"):
        replying.reply(ticket_id, in_app.agent("ada"), body="Hello")


def test_somebody_without_support_access_is_no_customer(in_app: Host) -> None:
    with pytest.raises(NotAllowed, match="no access to support"):
        in_app.customer("nora")
    with pytest.raises(NotAllowed):
        in_app.customer("ada")
