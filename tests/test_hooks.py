"""A host's hooks: each left out, wrong, failing, huge or slow; none costs the operator the ticket."""

from __future__ import annotations

import json
import re
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from flask_sgsupport import i18n, signals
from flask_sgsupport.actors import Person, Right
from flask_sgsupport.errors import ConfigurationError, NotAllowed
from flask_sgsupport.hooks import HOOKS, Account, Activity, Operator, Origin, Routed, Site
from flask_sgsupport.inbox.context import cards
from flask_sgsupport.models import ContextSnapshot, Delivery, Event, Queue, Ticket, TicketTag
from flask_sgsupport.queries.events import history_page
from flask_sgsupport.queries.ticket import ticket_page
from flask_sgsupport.services import opening, replying
from flask_sgsupport.services.capturing import capture
from flask_sgsupport.snapshot import PARTS, changes_since, decode
from tests.world import START, Host, OpenTicket, build_host, dispose, populate

FIELDS = {"subject": "Checkout failing", "body": "Nobody can pay."}
HUGE = "x" * 5_000_000


LET_GO = threading.Event()
"""Ends what hangs, so that no place of the process stays taken after a test."""
HUNG_FOR_GOOD = threading.Event()
"""Somebody has waited for what hangs until it came to its end."""


def hang(*arguments: Any) -> Any:
    if not LET_GO.wait(20):
        HUNG_FOR_GOOD.set()


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
    LET_GO.clear()
    HUNG_FOR_GOOD.clear()
    yield host
    LET_GO.set()
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
        ticket_id = opening.open_ticket(bare_host.customer("jerome"), **FIELDS).ticket_id
        assert not HUNG_FOR_GOOD.is_set(), "the ticket is there while the hook still hangs"
        snapshot = snapshot_of(bare_host, ticket_id)
    assert list(snapshot.unavailable) == [part]
    assert told == [(part, "1")]
    signals.context_hook_failed.disconnect(on_failure)


@pytest.mark.parametrize("part", PARTS)
def test_five_megabytes_are_cut_and_the_snapshot_says_so(bare_host: Host, part: str) -> None:
    bare_host.support.hooks.set_context(part, lambda *a: HUGE_ANSWERS[part])
    with bare_host.app.app_context():
        ticket_id = opening.open_ticket(bare_host.customer("jerome"), **FIELDS).ticket_id
        snapshot = snapshot_of(bare_host, ticket_id)
        body = bare_host.db.session.scalars(select(ContextSnapshot.body)).one()
    assert part in snapshot.cut
    assert len(body.encode()) <= bare_host.desk.settings.snapshot_max_bytes


def test_all_four_hanging_cost_one_budget_and_are_not_called_again_while_they_hang(bare_host: Host) -> None:
    calls: list[str] = []

    def hanging(name: str) -> Any:
        def wait(*arguments: Any) -> Any:
            calls.append(name)
            hang()

        return wait

    for part in PARTS:
        bare_host.support.hooks.set_context(part, hanging(part))
    with bare_host.app.app_context():
        jerome = bare_host.customer("jerome")
        first = capture(jerome, "1", Origin("panel"))
        second = capture(jerome, "1", Origin("panel"))
    assert not HUNG_FOR_GOOD.is_set(), "nobody waited for them to the end"
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
def test_an_async_hook_is_refused_at_once(bare_host: Host, name: str) -> None:
    async def hook(*arguments: Any) -> None: ...

    class Callable:
        async def __call__(self, *arguments: Any) -> None: ...

    for function in (hook, Callable()):
        with pytest.raises(ConfigurationError, match="is async, and nobody would await it"):
            getattr(bare_host.support, name)(function)
    with pytest.raises(ConfigurationError, match="is async"):
        bare_host.support.on(signals.ticket_opened)(hook)


def sites_of(count: int, *working_in: int) -> Any:
    return lambda *a: [Site(str(n), f"s{n}.example", working_in=n in working_in) for n in range(1, count + 1)]


def test_a_site_worked_in_is_offered_and_chosen_wherever_it_stands(host: Host) -> None:
    host.support.hooks.context["sites"] = sites_of(2_000, 1_900)
    client = host.client("jerome")
    page = client.get("/support/open").text
    offered = re.findall(r'name="sites" value="(\d+)"', page)
    assert (len(offered), offered[:3]) == (500, ["1900", "1", "2"])
    assert re.findall(r'name="sites" value="(\d+)" checked', page) == ["1900"]
    assert "The first 500 of 2000 sites." in page
    linked = client.get("/support/open?site=1433").text
    assert re.findall(r'name="sites" value="(\d+)" checked', linked) == ["1433"]
    assert "1980 more" in client.get("/support/what-support-sees").text


def test_a_ticket_may_be_about_any_of_many_sites(host: Host) -> None:
    host.support.hooks.context["sites"] = sites_of(700, 690)
    with host.app.app_context():
        ticket_id = opening.open_ticket(host.customer("jerome"), **FIELDS, site_ids=["655"]).ticket_id
        snapshot = snapshot_of(host, ticket_id)
        assert [site.id for site in snapshot.sites if site.working_in] == ["655"]
        assert (len(snapshot.sites), snapshot.site_count, snapshot.cut) == (500, 700, ("sites",))
        shown = cards(ticket_page(host.agent("ada"), ticket_id), None)
        rows = {row["label"]: row["value"] for row in shown.sites}
    assert rows["About"] == "s655.example"
    assert rows["All"].startswith("s655.example, s1.example")
    assert rows["All"].endswith(" and 680 more")


def test_sites_with_long_names_are_cut_to_the_budget_from_the_end(host: Host) -> None:
    host.support.hooks.context["sites"] = lambda *a: [
        Site(str(n), "long " * 80, working_in=n == 399) for n in range(400)
    ]
    with host.app.app_context():
        captured = capture(host.customer("jerome"), "1", Origin("panel"))
    assert captured.snapshot.sites[0].id == "399"
    assert captured.snapshot.site_count == 400 > len(captured.snapshot.sites) > 90
    assert len(captured.body.encode()) <= host.desk.settings.snapshot_max_bytes


def test_the_newest_actions_are_kept_whatever_their_order(host: Host) -> None:
    host.support.hooks.context["activity"] = lambda *a: [
        Activity(f"act {n}", START - timedelta(minutes=500 - n)) for n in range(500)
    ]
    with host.app.app_context():
        snapshot = capture(host.customer("jerome"), "1", Origin("panel")).snapshot
    assert [row.action for row in snapshot.activity] == [f"act {n}" for n in range(499, 479, -1)]


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


# Rubbish of every kind


class Evil(str):
    """A text that fails wherever it is looked at."""

    def __str__(self) -> str:
        raise RuntimeError("no")

    encode = strip = replace = __str__  # type: ignore[assignment]

    def __bool__(self) -> bool:
        raise RuntimeError("no")

    __getitem__ = __len__ = __bool__  # type: ignore[assignment]
    __hash__ = str.__hash__


ANY_TEXT = st.text(st.characters(), max_size=20) | st.just(Evil("evil")) | st.just("x" * 600)
RUBBISH = st.none() | st.booleans() | st.integers() | st.floats() | st.binary(max_size=5) | ANY_TEXT | st.just(object())
EASTWARD, WESTWARD = timezone(timedelta(hours=2)), timezone(timedelta(hours=-2))
FIRST, LAST = datetime.min.replace(tzinfo=EASTWARD), datetime.max.replace(tzinfo=WESTWARD)
"""Times that have none in UTC."""
MOMENTS = st.datetimes(timezones=st.none() | st.timezones()) | st.sampled_from([FIRST, LAST])
FIELD = ANY_TEXT | RUBBISH
MADE: dict[str, Any] = {
    "account": st.tuples(st.just(Account), st.tuples(FIELD, FIELD, FIELD, FIELD)),
    "sites": st.tuples(st.just(Site), st.tuples(FIELD, FIELD, FIELD, RUBBISH)),
    "activity": st.tuples(st.just(Activity), st.tuples(FIELD, MOMENTS | RUBBISH, FIELD, FIELD)),
    "operator": st.tuples(st.just(Operator), st.tuples(FIELD, FIELD, FIELD)),
}


def build(recipe: Any) -> Any:
    """What a recipe makes; built in the hook, since building may fail as well."""
    if isinstance(recipe, list):
        return [build(one) for one in recipe]
    return recipe[0](*recipe[1]) if isinstance(recipe, tuple) else recipe


ANYTHING = RUBBISH | st.one_of(*MADE.values())
RECIPES = {part: ANYTHING | MADE[part] | st.lists(ANYTHING | MADE[part] | MADE[part], max_size=3) for part in PARTS}


@given(recipes=st.fixed_dictionaries(RECIPES))
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rubbish_of_any_kind_makes_its_own_part_unavailable_and_nothing_else(
    in_app: Host, recipes: dict[str, Any]
) -> None:
    told: list[str] = []

    def on_failure(app: Any, payload: Any) -> None:
        told.append(payload.hook)

    for part, recipe in recipes.items():
        in_app.support.hooks.context[part] = lambda *asked, recipe=recipe: build(recipe)
    with signals.context_hook_failed.connected_to(on_failure):
        captured = capture(in_app.customer("jerome"), "1", Origin("panel"))
    assert "\x00" not in captured.body.encode().decode()
    assert "\\u0000" not in captured.body
    assert decode(captured.body) == captured.snapshot
    assert told == list(captured.snapshot.unavailable)
    assert captured.snapshot.account is not None or "account" in told
    assert captured.snapshot.operator is not None or "operator" in told
    times = [action.at for action in captured.snapshot.activity]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize(
    ("part", "answer"),
    [
        ("account", lambda: Account("Northwind", plan=None)),  # type: ignore[arg-type]
        ("activity", lambda: [Activity("signed in", FIRST)]),
        ("activity", lambda: [Activity("signed in", datetime(2026, 4, 22))]),  # noqa: DTZ001 - it is what is refused
        ("sites", lambda: [Site("11", "tote.example"), Account("not a site")]),
        ("sites", lambda: [Site("x" * 65, "a name in place of an id")]),
        ("operator", lambda: sys.exit(1)),
    ],
)
def test_what_cannot_be_shown_is_unavailable_and_the_ticket_opens(in_app: Host, part: str, answer: Any) -> None:
    in_app.support.hooks.context[part] = lambda *asked: answer()
    ticket_id = opening.open_ticket(in_app.customer("jerome"), **FIELDS).ticket_id
    assert list(snapshot_of(in_app, ticket_id).unavailable) == [part]


@pytest.mark.every_database
def test_texts_no_database_takes_are_mended(in_app: Host) -> None:
    in_app.support.hooks.context["account"] = lambda *asked: Account("North\ud83dwind", plan="Gro\x00wth")
    in_app.support.route(
        lambda draft: Routed(
            queue="bil\x00ling", filtered="ba\x00d\ud83d", tags=("v\x00ip", "\ud83d"), assignee="ben\x00@desk.example"
        )
    )
    ticket_id = opening.open_ticket(in_app.customer("jerome"), **FIELDS).ticket_id
    account = snapshot_of(in_app, ticket_id).account
    assert (account.name, account.plan) == ("North?wind", "Growth")
    ticket = in_app.db.session.scalars(select(Ticket)).one()
    assert (ticket.account_name, ticket.filtered_reason) == ("North?wind", "bad?")
    assert set(in_app.db.session.scalars(select(TicketTag.tag))) == {"vip", "?"}


# Several at the same time


def test_of_several_people_opening_at_once_each_gets_the_whole_context(bare_host: Host) -> None:
    def account(*asked: Any) -> Account:
        time.sleep(0.3)
        return Account("Northwind Outfitters")

    bare_host.support.account(account)
    together = threading.Barrier(8)

    def open_form(number: int) -> Any:
        with bare_host.app.app_context():
            jerome = bare_host.customer("jerome")
            together.wait(20)
            return capture(jerome, "1", Origin("panel")).snapshot

    with ThreadPoolExecutor(8) as pool:
        snapshots = list(pool.map(open_form, range(8)))
    assert [snapshot.unavailable for snapshot in snapshots] == [{}] * 8
    assert {snapshot.account.name for snapshot in snapshots} == {"Northwind Outfitters"}


def test_a_hook_that_hangs_is_called_again_once_it_has_returned(bare_host: Host) -> None:
    calls: list[threading.Event] = []

    def account(*asked: Any) -> Account:
        calls.append(threading.Event())
        if len(calls) == 1:
            calls[0].wait(20)
        return Account("Northwind Outfitters")

    bare_host.support.account(account)
    bare_host.desk.settings.hook_timeout_seconds = 0.2
    with bare_host.app.app_context():
        jerome = bare_host.customer("jerome")
        seen = [capture(jerome, "1", Origin("panel")).snapshot for _ in range(3)]
        assert [dict(snapshot.unavailable["account"]) for snapshot in seen] == [
            {"code": "late"},
            {"code": "busy"},
            {"code": "busy"},
        ]
        assert len(calls) == 1
        calls[0].set()
        while bare_host.desk.hook_calls:
            time.sleep(0.01)
        assert capture(jerome, "1", Origin("panel")).snapshot.unavailable == {}
    assert len(calls) == 2


def test_a_hook_that_hangs_in_one_app_is_called_in_another(bare_host: Host, tmp_path: Path) -> None:
    release = threading.Event()

    def account(*asked: Any) -> Account:
        release.wait(20)
        return Account("Northwind Outfitters")

    other = build_host(f"sqlite:///{tmp_path}/other.sqlite", tmp_path, hooks=False, TESTING=False)
    populate(other)
    for host in (bare_host, other):
        host.support.account(account)
    bare_host.desk.settings.hook_timeout_seconds = 0.1
    with bare_host.app.app_context():
        assert capture(bare_host.customer("jerome"), "1", Origin("panel")).snapshot.unavailable
    with other.app.app_context():
        threading.Timer(0.1, release.set).start()
        assert capture(other.customer("jerome"), "1", Origin("panel")).snapshot.unavailable == {}
    dispose(other)


def test_at_most_eight_hooks_run_at_once_and_the_ninth_waits_its_turn(bare_host: Host) -> None:
    running, most = 0, 0
    count = threading.Lock()

    def busy(answer: Any) -> Any:
        def hook(*asked: Any) -> Any:
            nonlocal running, most
            with count:
                running += 1
                most = max(most, running)
            time.sleep(0.1)
            with count:
                running -= 1
            return answer

        return hook

    answers: dict[str, Any] = {"account": Account("N"), "sites": [], "activity": [], "operator": Operator("J")}
    for part in PARTS:
        bare_host.support.hooks.set_context(part, busy(answers[part]))

    def open_form(number: int) -> Any:
        with bare_host.app.app_context():
            return capture(bare_host.customer("jerome"), "1", Origin("panel")).snapshot.unavailable

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(open_form, range(4))) == [{}] * 4
    assert most <= 8


# Routing in Python


TAGS_UNSOUND = "not all the routing function gave as “tags” can be used"


def reasons_of(host: Host) -> list[str]:
    """Why the only ticket is where it is, as agents read it."""
    ticket_id = host.db.session.scalars(select(Ticket.ticket_id)).one()
    return list(ticket_page(host.agent("grace"), ticket_id).reasons)


def test_a_routing_function_decides_and_the_ticket_says_why(in_app: Host) -> None:
    seen = []

    @in_app.support.route
    def decide(draft: Any) -> Routed:
        seen.append((draft.account_id, draft.plan, draft.requester.email, draft.category))
        return Routed("billing", "urgent", "ben@desk.example", ("vip", "invoice"), because="the word invoice")

    opening.open_ticket(in_app.customer("jerome"), category="storefront", **FIELDS)
    assert seen == [("1", "Growth", "jerome@northwind.example", "storefront")]
    ticket, queue = in_app.db.session.execute(select(Ticket, Queue.key).join(Queue, Queue.pk == Ticket.queue_pk)).one()
    assert (queue, ticket.priority, ticket.assignee_pk) == ("billing", "urgent", in_app.agent("ben").agent_pk)
    assert set(in_app.db.session.scalars(select(TicketTag.tag))) == {"vip", "invoice"}
    assert reasons_of(in_app) == [
        "Routed to Billing: the word invoice",
        "priority Urgent: the word invoice",
        "tags vip, invoice: the word invoice",
        "assigned to Ben Okoro: the word invoice",
    ]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (explode, "the routing function was passed over: it failed: RuntimeError"),
        (lambda draft: "billing", "the routing function was passed over: it failed: TypeError"),
        (lambda draft: sys.exit(1), "the routing function was passed over: it failed: SystemExit"),
        (lambda draft: Routed(queue=7), "not all the routing function gave as “queue” can be used"),  # type: ignore[arg-type]
        (lambda draft: Routed(queue=HUGE), "not all the routing function gave as “queue” can be used"),
        (lambda draft: Routed(queue="nowhere"), "the routing function named the unknown or disabled queue “nowhere”"),
        (lambda draft: Routed(priority="at once"), "the routing function named the unknown priority “at once”"),
        (lambda draft: Routed(assignee=HUGE), "not all the routing function gave as “assignee” can be used"),
        (lambda draft: Routed(assignee="ben@desk.example"), "assignee Ben Okoro left out: does not cover it"),
        (lambda draft: Routed(assignee="zoe@desk.example"), "assignee zoe@desk.example left out: no active agent"),
        (lambda draft: Routed(filtered=True), "not all the routing function gave as “filtered” can be used"),  # type: ignore[arg-type]
        (lambda draft: Routed(tags="vip"), TAGS_UNSOUND),  # type: ignore[arg-type]
        (lambda draft: Routed(tags=(HUGE,)), TAGS_UNSOUND),
    ],
)
def test_a_routing_function_that_fails_is_passed_over_and_said(in_app: Host, answer: Any, reason: str) -> None:
    in_app.support.route(answer)
    opening.open_ticket(in_app.customer("jerome"), **FIELDS)
    ticket, queue = in_app.db.session.execute(select(Ticket, Queue.key).join(Queue, Queue.pk == Ticket.queue_pk)).one()
    assert (queue, ticket.assignee_pk, ticket.filtered_reason) == ("support", None, None)
    assert reason in reasons_of(in_app)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Routed(queue="cash-desk", priority="critical"), "unknown queue 'cash-desk', unknown priority 'critical'"),
        (Routed(assignee="zoe@desk.example"), "unknown assignee 'zoe@desk.example'"),
        (Routed(assignee="ben@desk.example"), "not covering 'Ben Okoro'"),
    ],
)
def test_what_a_routing_function_named_in_vain_is_logged_once_the_ticket_is_there(
    bare_host: Host, caplog: pytest.LogCaptureFixture, answer: Routed, words: str
) -> None:
    bare_host.support.route(lambda draft: answer)
    with bare_host.app.app_context():
        jerome = bare_host.customer("jerome")
        bare_host.support.open_ticket(jerome, **FIELDS)
        bare_host.db.session.rollback()
        assert caplog.messages == [], "what was taken back never happened"
        number = opening.open_ticket(jerome, **FIELDS).ticket_id
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", f"The routing function was not followed in all for {number}: {words}")
    ]


@pytest.mark.parametrize(
    ("given_tags", "kept", "said"),
    [
        (("VIP", " vip ", "Big  Shop"), {"vip", "big shop"}, []),
        (("a, b", "c"), {"a", "b", "c"}, []),
        (["vip"], {"vip"}, []),
        (("x" * 50 + "a", "x" * 50 + "b", "fine"), {"fine"}, [TAGS_UNSOUND]),
        (("vip", 7, None), {"vip"}, [TAGS_UNSOUND]),
        (tuple(f"t{n:02}" for n in range(30)), {f"t{n:02}" for n in range(20)}, [TAGS_UNSOUND]),
    ],
)
def test_tags_of_a_routing_function_are_those_an_agent_would_find(
    in_app: Host, given_tags: Any, kept: set[str], said: list[str]
) -> None:
    in_app.support.route(lambda draft: Routed(tags=given_tags))
    opening.open_ticket(in_app.customer("jerome"), **FIELDS)
    assert set(in_app.db.session.scalars(select(TicketTag.tag))) == kept
    reasons = reasons_of(in_app)[1:]
    assert reasons[1:] == said
    assert sorted(reasons[0].removeprefix("tags ").partition(":")[0].split(", ")) == sorted(kept)


ROUTED_FIELD = ANY_TEXT | RUBBISH | st.sampled_from(["billing", "support", "urgent", "ben@desk.example"])


@given(
    recipe=ANYTHING
    | st.tuples(
        st.just(Routed),
        st.tuples(
            ROUTED_FIELD,
            ROUTED_FIELD,
            ROUTED_FIELD,
            st.lists(ROUTED_FIELD, max_size=4).map(tuple) | ROUTED_FIELD,
            ROUTED_FIELD,
            ROUTED_FIELD,
        ),
    )
)
@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_ticket_opens_whatever_the_routing_function_says(in_app: Host, recipe: Any) -> None:
    in_app.support.hooks.route = lambda draft: build(recipe)
    ticket_id = opening.open_ticket(in_app.customer("jerome"), **FIELDS).ticket_id
    assert ticket_page(in_app.agent("grace"), ticket_id).reasons


def test_a_routing_function_that_hangs_costs_its_decision_and_two_seconds(bare_host: Host) -> None:
    calls = []

    @bare_host.support.route
    def route(draft: Any) -> Routed:
        calls.append(draft.subject)
        hang()
        return Routed(queue="billing")

    with bare_host.app.app_context():
        first = opening.open_ticket(bare_host.customer("jerome"), **FIELDS).ticket_id
        assert not HUNG_FOR_GOOD.is_set(), "the ticket is there while the function still hangs"
        second = opening.open_ticket(bare_host.customer("jerome"), **FIELDS).ticket_id
        passed_over = [ticket_page(bare_host.agent("grace"), one).reasons[1] for one in (first, second)]
        queues = bare_host.db.session.scalars(select(Queue.key).join(Ticket, Ticket.queue_pk == Queue.pk)).all()
    assert len(calls) == 1
    assert queues == ["support", "support"]
    assert passed_over == [
        "the routing function was passed over: it did not answer in time",
        "the routing function was passed over: it is still busy with an earlier call",
    ]


def test_a_routing_function_reads_the_hosts_tables_in_a_session_of_its_own(bare_host: Host) -> None:
    @bare_host.support.route
    def route(draft: Any) -> Routed:
        user = bare_host.db.session.get(bare_host.user_model, int(draft.requester.id))
        return Routed(queue="billing", because=f"{user.role} in {threading.current_thread().name}")

    with bare_host.app.app_context():
        opening.open_ticket(bare_host.customer("jerome"), **FIELDS)
        assert reasons_of(bare_host) == ["Routed to Billing: Admin in sgsupport-hook-route"]


def test_reasons_and_remarks_are_in_the_language_of_whoever_reads_them(
    in_app: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_app.support.route(explode)
    in_app.support.hooks.context["account"] = explode

    def read() -> tuple[Any, ...]:
        page = ticket_page(in_app.agent("grace"), ticket_id)
        routed = next(event.text for event in page.history if event.action == "ticket.routed")
        return list(page.reasons), routed, page.remark, cards(page, None).unavailable["account"]

    with monkeypatch.context() as abroad:
        abroad.setattr(i18n, "_translate", lambda text: f"«{text}»")
        captured = capture(in_app.customer("jerome"), "1", Origin("panel"), remark={"code": "again"})
        ticket_id = opening.open_ticket(in_app.customer("jerome"), captured=captured, **FIELDS).ticket_id
        reasons, routed, remark, account = read()
    assert reasons == [
        "«Routed to Support, the default queue»",
        "«the routing function was passed over: «it failed: RuntimeError»»",
    ]
    assert routed == " · ".join(reasons)
    assert remark == "«Captured again when the ticket was sent.»"
    assert account == "«Account»: «it failed: RuntimeError»"
    assert read() == (
        ["Routed to Support, the default queue", "the routing function was passed over: it failed: RuntimeError"],
        "Routed to Support, the default queue · the routing function was passed over: it failed: RuntimeError",
        "Captured again when the ticket was sent.",
        "Account: it failed: RuntimeError",
    )


def test_the_routing_filters_and_not_the_customer(in_app: Host) -> None:
    in_app.support.route(lambda draft: Routed(filtered="automatic reply", assignee="ada@desk.example"))
    number = opening.open_ticket(in_app.customer("jerome"), **FIELDS).ticket_id
    rows = history_page(in_app.agent("grace"), number).rows
    assert {row.action: row.actor for row in rows} == {
        "ticket.opened": "Jerome Ellis",
        "ticket.routed": "Routing",
        "ticket.filtered": "Routing",
    }
    assert "assignee ada@desk.example left out: it waits in Spam / Filtered" in reasons_of(in_app)
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
