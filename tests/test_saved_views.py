"""Saved views: lists under a name, one's own or shared, each with the rights of whoever opens it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from itertools import cycle
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select, update

from flask_sgsupport.actors import Right
from flask_sgsupport.errors import InvalidInput, NotAllowed, NotFound, StaleTicket
from flask_sgsupport.models import Agent, Event, SavedView
from flask_sgsupport.queries.inbox import listing
from flask_sgsupport.queries.saved_views import Saved, saved_view, saved_views, tallies
from flask_sgsupport.queries.setup import last_changes
from flask_sgsupport.queries.views import SORTS, VIEWS, Filters
from flask_sgsupport.saved_views import FILTERS, MAX_OWN_VIEWS, MAX_SHARED_VIEWS
from flask_sgsupport.services import agents, assigning, setup, sorting
from flask_sgsupport.services.saving_views import change_view, move_view, remove_view, save_view
from flask_sgsupport.services.seen import seal_seen
from tests.test_lists_stay_quick import plans, walked
from tests.test_transaction import in_parallel
from tests.world import Host, OpenTicket

INBOX = "/admin/support/"
URGENT = {"priority": "urgent"}


def save(host: Host, who: str, name: str, *, shared: bool = False, **filters: str) -> str:
    """Save a view and return its key."""
    with host.app.app_context():
        return save_view(host.agent(who), {"name": name, "shared": shared, "filters": filters or URGENT})


def names(host: Host, who: str) -> list[str]:
    """The views somebody has at the side, in their order."""
    html = host.client(who).get(INBOX).text
    return [unescape(name) for name in re.findall(r"saved=\w+\"[^>]*><span>([^<]*)</span>", html)]


def rows(html: str) -> list[str]:
    """The tickets of a list."""
    return re.findall(r'data-sg-ticket="([^"]+)"', html)


def form_of(html: str, end: str) -> dict[str, str]:
    """The hidden fields of the form that goes to an address with this end."""
    form = re.search(rf'<form[^>]*action="[^"]*{end}[^"]*".*?</form>', html, re.DOTALL)
    assert form is not None, end
    return {name: unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form[0])}


def of(host: Host, who: str, key: str) -> Saved | None:
    with host.app.app_context():
        return saved_view(host.agent(who), key)


# What a view holds


def test_a_view_holds_the_words_of_an_address_and_no_others() -> None:
    assert set(FILTERS) == set(Filters.__dataclass_fields__) - {"saved", "after"}


@pytest.mark.every_database
def test_a_list_is_saved_and_opened_again(host: Host, open_ticket: OpenTicket) -> None:
    urgent = open_ticket(subject="Nothing works")
    open_ticket(subject="A question")
    with host.app.app_context():
        sorting.change_fields(urgent, host.agent("ada"), URGENT)
    ada = host.client("ada")
    page = ada.get(f"{INBOX}?priority=urgent&sort=newest").text
    form = form_of(page, "saved/new")
    answer = ada.post(f"{INBOX}saved/new", data=form | {"name": "On  fire ", "shared": ""})
    assert answer.status_code == 302
    opened = ada.get(answer.location).text
    assert (rows(opened), "<h1>On fire</h1>" in opened) == ([urgent], True)
    assert "newest first" in opened
    assert "Only you have this view." in opened
    assert names(host, "ada") == ["On fire"]
    assert names(host, "grace") == []
    assert parse_qs(urlsplit(answer.location).query).keys() == {"saved"}


def test_what_was_typed_before_a_colon_is_saved_as_the_filter_it_is(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket(subject="Refund, please")
    ada = host.client("ada")
    page = ada.get(f"{INBOX}?q=queue:support+refund", follow_redirects=True).text
    key = ada.post(f"{INBOX}saved/new", data=form_of(page, "saved/new") | {"name": "Refunds"}).location.split("=")[1]
    found = of(host, "ada", key)
    assert found is not None
    assert found.filters.kept() == {"view": "all", "queue": "support", "q": "refund"}
    assert rows(ada.get(f"{INBOX}?saved={key}").text) == [ticket_id]


def test_what_filters_nothing_is_not_saved(host: Host) -> None:
    ada = host.client("ada")
    asked = "status=odd&since=2026-02-30&sort=none&view=nowhere&priority=low&due=never&updated=weekly"
    page = ada.get(f"{INBOX}?{asked}").text
    answer = ada.post(f"{INBOX}saved/new", data=form_of(page, "saved/new") | {"name": "Low"})
    found = of(host, "ada", answer.location.split("=")[1])
    assert found is not None
    assert found.filters.kept() == {"priority": "low"}


WORDS = st.sampled_from(
    ["", "", "", "open", "urgent", "low", "support", "nobody", "me", "storefront", "vip", "2026-04-22", "odd", "soon",
     "north", "a b", "ü%&=#+", "checkout", "newest", "due", "mine", "closed", "waiting", "7d", "-30d,2026-04-22"]
)  # fmt: skip
VIEW_WORDS = st.sampled_from(["", *(view.key for view in VIEWS)])


@given(
    asked=st.fixed_dictionaries(
        dict.fromkeys(FILTERS, WORDS) | {"view": VIEW_WORDS, "sort": st.sampled_from(["", *SORTS])}
    )
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_view_shows_what_its_list_showed(host: Host, asked: dict[str, str]) -> None:
    filters = Filters.of(asked)
    if not filters.kept():
        return
    with host.app.app_context():
        ada = host.agent("ada")
        if not saved_views(ada):
            save_view(ada, {"name": "One", "filters": URGENT})
        key = saved_views(ada)[0].key
        change_view(ada, key, {"filters": filters.kept()})
        found = saved_view(ada, key)
        assert found is not None
        opened = found.opened(Filters(saved=key))
        assert (opened.kept(), opened.ordered) == (filters.kept(), filters.ordered)
        assert not found.differs(opened)
        # Whatever leads on from there says itself what it asks for.
        again = Filters.of(opened.arguments())
        assert again.says_itself
        assert found.opened(again).kept() == filters.kept()
        host.db.session.rollback()


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"name": ""}, "name"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "two\nlines\x00"}, "name"),
        ({"name": "half \ud83d"}, "name"),
        ({"filters": {}}, "filters"),
        ({"filters": {"queue": " "}}, "filters"),
        ({"filters": {"after": "x"}}, "filters"),
        ({"filters": {"nothing": "x"}}, "filters"),
        ({"filters": {"half \ud83d": "x"}}, "filters"),
        ({"filters": {"status": "odd"}}, "filters"),
        ({"filters": {"since": "2026-02-30"}}, "filters"),
        ({"filters": {"updated": "weekly"}}, "filters"),
        ({"filters": {"tag": "x" * 201}}, "filters"),
        ({"filters": {"q": 7}}, "filters"),
        ({"filters": "queue=support"}, "filters"),
        ({"shared": "yes"}, "shared"),
        ({"owner_pk": 3}, "owner_pk"),
    ],
)
def test_what_cannot_be_saved_is_refused_by_its_name(in_app: Host, values: dict[str, Any], wrong: str) -> None:
    ada = in_app.agent("ada")
    with pytest.raises(InvalidInput) as refused:
        save_view(ada, {"name": "A", "filters": URGENT} | values)
    assert refused.value.fields.keys() == {wrong}
    assert saved_views(ada) == []


@pytest.mark.every_database
def test_what_no_database_takes_is_stored_as_it_can_be(in_app: Host) -> None:
    ada = in_app.agent("ada")
    key = save_view(ada, {"name": "Ünïcode 💩 'q\"", "filters": {"tag": "a\x00b\ud83d", "q": "💩 日本"}})
    found = saved_view(ada, key)
    assert found is not None
    assert (found.name, found.filters.kept()) == ("Ünïcode 💩 'q\"", {"tag": "ab?", "q": "💩 日本"})


# Own and shared


@pytest.mark.every_database
def test_a_shared_view_shows_each_agent_what_they_may_see_now(host: Host, open_ticket: OpenTicket) -> None:
    support, billing = open_ticket(category="storefront"), open_ticket(category="invoices")
    key = save(host, "grace", "Of Jerome", shared=True, requester="Jerome")
    assert set(rows(host.client("grace").get(f"{INBOX}?saved={key}").text)) == {support, billing}
    assert rows(host.client("ada").get(f"{INBOX}?saved={key}").text) == [support]
    assert rows(host.client("ben").get(f"{INBOX}?saved={key}").text) == [billing]
    with host.app.app_context():
        agents.change_agent(host.agent("grace"), str(host.ids["ben"]), covers=agents.Covers())
    ben = host.client("ben")
    opened = ben.get(f"{INBOX}?saved={key}")
    assert (opened.status_code, rows(opened.text)) == (200, [])
    assert support not in opened.text
    assert billing not in opened.text
    assert ben.get(f"{INBOX}saved/tallies").json == {key: "0"}
    assert host.client("ada").get(f"{INBOX}saved/tallies").json == {key: "1"}
    assert host.client("grace").get(f"{INBOX}saved/tallies").json == {key: "2"}


def test_anothers_own_view_is_not_there(host: Host, open_ticket: OpenTicket) -> None:
    open_ticket()
    key = save(host, "ada", "Secret plan")
    for who in ("cleo", "grace"):
        client = host.client(who)
        assert "Secret plan" not in client.get(INBOX).text
        assert "Secret plan" not in client.get(f"{INBOX}saved/").text
        assert client.get(f"{INBOX}saved/tallies").json == {}
        for path in (f"?saved={key}", f"saved/change/{key}", "?saved=nothing", "saved/change/nothing"):
            answer = client.get(INBOX + path)
            assert (answer.status_code, "Secret plan" in answer.text) == (404, False), path
        for path in ("change", "filters", "move", "remove"):
            data = {"name": "Mine now", "filters": "priority=low", "to": "up"}
            assert client.post(f"{INBOX}saved/{path}/{key}", data=data).status_code == 404, path
    found = of(host, "ada", key)
    assert found is not None
    assert (found.name, found.filters.kept()) == ("Secret plan", URGENT)


def test_an_address_that_says_more_is_a_list_of_its_own_when_its_view_is_gone(host: Host) -> None:
    key = save(host, "ada", "Urgent", shared=True)
    cleo = host.client("cleo")
    said = f"?saved={key}&priority=urgent"
    assert cleo.get(INBOX + said).status_code == 200
    with host.app.app_context():
        remove_view(host.agent("ada"), key)
    answer = cleo.get(INBOX + said)
    assert (answer.status_code, parse_qs(urlsplit(answer.location).query)) == (302, {"priority": ["urgent"]})
    gone = cleo.get(f"{INBOX}?saved={key}")
    assert gone.status_code == 404
    assert "Whoever keeps it may have removed it" in gone.text


@pytest.mark.every_database
def test_a_keeper_shares_and_takes_back(in_app: Host) -> None:
    ada, cleo = in_app.agent("ada"), in_app.agent("cleo")
    key = save_view(ada, {"name": "Urgent", "filters": URGENT})
    assert saved_view(cleo, key) is None
    change_view(ada, key, {"shared": True})
    found = saved_view(cleo, key)
    assert found is not None
    assert (found.kept, found.own, found.keeper) == (False, False, "Ada Lovelace")
    with pytest.raises(NotFound):
        change_view(cleo, key, {"name": "Mine"})
    with pytest.raises(NotFound):
        remove_view(cleo, key)
    change_view(ada, key, {"shared": False})
    assert saved_view(cleo, key) is None


@pytest.mark.every_database
def test_a_lead_keeps_every_shared_view_and_gives_back_what_is_not_to_be_shared(in_app: Host) -> None:
    ada, grace = in_app.agent("ada"), in_app.agent("grace")
    key = save_view(ada, {"name": "Urgent", "filters": URGENT, "shared": True})
    own = save_view(ada, {"name": "Mine", "filters": {"view": "mine", "sort": "newest"}})
    change_view(grace, key, {"name": "Mine", "filters": {"priority": "high"}})
    change_view(grace, key, {"shared": False})
    assert saved_view(grace, key) is None
    assert [(one.key, one.name) for one in saved_views(ada)] == [(own, "Mine"), (key, "Mine")]
    with pytest.raises(NotFound):
        remove_view(grace, key)
    change_view(ada, key, {"name": "High", "shared": True})
    remove_view(grace, key)
    assert [one.key for one in saved_views(ada)] == [own]


def test_whoever_has_no_row_as_an_agent_opens_views_and_saves_none(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    key = save(host, "ada", "Jerome", shared=True, requester="Jerome")

    @host.support.permission
    def by_hook(person: Any, right: Right) -> bool | None:
        return True if person.id == str(host.ids["olga"]) and right in {Right.HANDLE, Right.ALL_QUEUES} else None

    olga = host.client("olga")
    assert rows(olga.get(f"{INBOX}?saved={key}").text) == [ticket_id]
    assert "Save as a view" not in olga.get(f"{INBOX}?priority=low").text
    refused = olga.post(f"{INBOX}saved/new", data={"name": "Mine", "filters": "priority=low"})
    assert (refused.status_code, "Only an agent keeps views." in unescape(refused.text)) == (403, True)
    assert olga.post(f"{INBOX}saved/remove/{key}").status_code == 404
    with host.app.app_context(), pytest.raises(NotAllowed):
        save_view(host.customer("jerome"), {"name": "x", "filters": URGENT})


def test_a_shared_view_outlives_the_agent_who_made_it(in_app: Host) -> None:
    key = save_view(in_app.agent("ada"), {"name": "Urgent", "filters": URGENT, "shared": True})
    in_app.db.session.execute(update(Agent).where(Agent.host_id == str(in_app.ids["ada"])).values(active=False))
    in_app.db.session.commit()
    assert [one.key for one in saved_views(in_app.agent("cleo"))] == [key]
    remove_view(in_app.agent("grace"), key)
    assert saved_views(in_app.agent("cleo")) == []


@pytest.mark.every_database
def test_names_are_told_apart_within_ones_own_and_within_the_shared(in_app: Host) -> None:
    ada, cleo = in_app.agent("ada"), in_app.agent("cleo")
    key = save_view(ada, {"name": "Urgent", "filters": URGENT})
    save_view(cleo, {"name": "urgent", "filters": URGENT})
    save_view(cleo, {"name": "URGENT", "filters": URGENT, "shared": True})
    for values in ({"name": "uRGENT"}, {"name": "urGent", "shared": True}):
        with pytest.raises(InvalidInput) as refused:
            save_view(ada, {"filters": URGENT} | values)
        assert refused.value.fields == {"name": "There is a view of this name already."}
    with pytest.raises(InvalidInput):
        change_view(ada, key, {"shared": True})
    change_view(ada, key, {"name": "URGENT"})
    change_view(ada, key, {"name": "Really urgent", "shared": True})


@pytest.mark.every_database
def test_nobody_keeps_more_than_the_most_there_can_be(in_app: Host) -> None:
    team = cycle([in_app.agent(who) for who in ("ada", "cleo")])
    for number in range(MAX_SHARED_VIEWS):
        save_view(next(team), {"name": f"S{number}", "filters": URGENT, "shared": True})
    with pytest.raises(InvalidInput) as refused:
        save_view(in_app.agent("ben"), {"name": "One more", "filters": URGENT, "shared": True})
    assert refused.value.fields.keys() == {"shared"}
    ada = in_app.agent("ada")
    for number in range(MAX_OWN_VIEWS - MAX_SHARED_VIEWS // 2):
        key = save_view(ada, {"name": f"Own {number}", "filters": URGENT})
    with pytest.raises(InvalidInput) as refused:
        save_view(ada, {"name": "One more", "filters": URGENT})
    assert refused.value.fields.keys() == {"name"}
    with pytest.raises(InvalidInput):
        change_view(ada, key, {"shared": True})
    remove_view(ada, key)
    save_view(ada, {"name": "One more", "filters": URGENT})


@pytest.mark.every_database
def test_of_two_who_save_the_same_name_at_once_one_is_told(host: Host) -> None:
    with host.app.app_context():
        actors = [host.agent("ada"), host.agent("cleo")]
    results = in_parallel(
        host,
        [
            lambda actor=actor: save_view(actor, {"name": "Urgent", "filters": URGENT, "shared": True})
            for actor in actors
        ],
    )
    assert sorted(type(one).__name__ for one in results) == ["InvalidInput", "str"]


@pytest.mark.every_database
def test_views_stand_in_the_order_they_were_put_in(in_app: Host) -> None:
    ada, grace = in_app.agent("ada"), in_app.agent("grace")
    keys = {name: save_view(ada, {"name": name, "filters": URGENT}) for name in "ABC"}
    shared = {name: save_view(ada, {"name": name, "filters": URGENT, "shared": True}) for name in "XYZ"}

    def order() -> str:
        return "".join(one.name for one in saved_views(ada))

    assert order() == "XYZABC"
    move_view(ada, keys["C"], -1)
    move_view(ada, keys["A"], 1)
    assert order() == "XYZCAB"
    move_view(ada, keys["C"], -1)
    move_view(ada, keys["B"], 1)
    assert order() == "XYZCAB"
    with pytest.raises(NotAllowed):
        move_view(ada, shared["Z"], -1)
    move_view(grace, shared["Z"], -2)
    assert order() == "ZXYCAB"
    change_view(ada, keys["C"], {"shared": True})
    assert order() == "ZXYCAB"
    change_view(ada, shared["X"], {"shared": False})
    assert order() == "ZYCABX"


# What the history says


@pytest.mark.every_database
def test_the_history_tells_what_became_of_shared_views_and_nothing_of_ones_own(in_app: Host) -> None:
    ada, grace = in_app.agent("ada"), in_app.agent("grace")
    own = save_view(ada, {"name": "Plan", "filters": URGENT})
    change_view(ada, own, {"name": "Plans"})
    move_view(ada, own, 1)
    remove_view(ada, own)
    entries = select(Event.action).where(Event.action.in_(("view.changed", "view.removed")))
    assert in_app.db.session.scalars(entries).all() == []
    key = save_view(ada, {"name": "Urgent", "filters": URGENT})
    change_view(ada, key, {"shared": True})
    change_view(grace, key, {"filters": {"queue": "support", "account": "Northwind Outfitters", "q": "refund"}})
    change_view(grace, key, {"name": "Refunds"})
    change_view(grace, key, {"shared": False})
    said = [(row.actor, row.text) for row in reversed(last_changes(grace, "view.changed", view=key))]
    refunds = 'queue:support account:"Northwind Outfitters" refund'
    assert said == [
        ("Ada Lovelace", "shared view Urgent: name – → Urgent"),
        ("Ada Lovelace", "shared view Urgent: for everybody – → yes"),
        ("Ada Lovelace", "shared view Urgent: filters – → priority:urgent"),
        ("Grace Hopper", f"shared view Urgent: filters priority:urgent → {refunds}"),
        ("Grace Hopper", "shared view Refunds: name Urgent → Refunds"),
        ("Grace Hopper", "shared view Refunds: for everybody yes → no"),
    ]
    change_view(ada, key, {"shared": True})
    remove_view(grace, key)
    removed = last_changes(grace, "view.removed", view=key)
    assert [(row.actor, row.text) for row in removed] == [("Grace Hopper", "removed the shared view Refunds")]


def test_a_change_that_changes_nothing_leaves_no_entry(in_app: Host) -> None:
    ada = in_app.agent("ada")
    key = save_view(ada, {"name": "Urgent", "filters": URGENT, "shared": True})
    before = len(in_app.db.session.scalars(select(Event.pk)).all())
    change_view(ada, key, {"name": "Urgent", "filters": URGENT, "shared": True})
    move_view(in_app.agent("grace"), key, 1)
    assert len(in_app.db.session.scalars(select(Event.pk)).all()) == before


def test_a_form_older_than_anothers_change_undoes_nothing_unseen(in_app: Host) -> None:
    ada, grace = in_app.agent("ada"), in_app.agent("grace")
    key = save_view(ada, {"name": "Urgent", "filters": URGENT, "shared": True})
    seen = {"name": "Urgent", "filters": "priority:urgent"}
    change_view(grace, key, {"filters": {"priority": "high"}})
    with pytest.raises(StaleTicket) as stale:
        change_view(ada, key, {"filters": {"priority": "low"}}, seen=seen)
    assert "filters is “priority:high” now" in stale.value.sentence
    change_view(ada, key, {"name": "All urgent"}, seen=seen)


# The address is the state


def test_a_changed_list_says_so_and_is_saved_or_saved_as_another(host: Host, open_ticket: OpenTicket) -> None:
    open_ticket()
    key = save(host, "ada", "Urgent", shared=True)
    ada = host.client("ada")
    as_it_is = ada.get(f"{INBOX}?saved={key}").text
    assert "Changed, not saved." not in as_it_is
    assert "You share this view with every agent." in as_it_is
    fields = re.findall(r'type="hidden" name="(saved|view)" value="([^"]*)"', as_it_is)
    assert dict(fields) == {"saved": key, "view": "open"}
    # What the filter form sends without a change is no change.
    assert "Changed, not saved." not in ada.get(f"{INBOX}?saved={key}&view=open&priority=urgent").text
    changed = ada.get(f"{INBOX}?saved={key}&view=open&priority=urgent&tag=vip").text
    assert "<h1>Urgent</h1>" in changed
    assert "Changed, not saved." in changed
    assert f'href="{INBOX}?saved={key}">As it was saved' in changed
    answer = ada.post(f"{INBOX}saved/filters/{key}", data=form_of(changed, "saved/filters"))
    assert answer.location == f"{INBOX}?saved={key}"
    found = of(host, "cleo", key)
    assert found is not None
    assert found.filters.kept() == {"priority": "urgent", "tag": "vip"}
    other = ada.get(f"{INBOX}?saved={key}&view=mine&sort=oldest").text
    assert 'aria-label="Filters in force"' in other
    assert "List: Mine" in other
    made = ada.post(f"{INBOX}saved/new", data=form_of(other, "saved/new") | {"name": "Mine by age"}).location
    assert made != answer.location
    assert names(host, "ada") == ["Urgent", "Mine by age"]
    # Without its last filter it is a changed view, not the saved one again.
    assert "Changed, not saved." in ada.get(f"{INBOX}?saved={key}&view=open").text


def test_who_does_not_keep_a_shared_view_saves_a_changed_one_as_their_own(host: Host) -> None:
    key = save(host, "ada", "Urgent", shared=True)
    changed = host.client("cleo").get(f"{INBOX}?saved={key}&priority=high").text
    assert "Changed, not saved." in changed
    assert f"saved/filters/{key}" not in changed
    assert "Save as a new view" in changed
    assert f"saved/filters/{key}" in host.client("grace").get(f"{INBOX}?saved={key}&priority=high").text


def test_filters_saved_over_a_newer_change_are_refused_and_stay_in_the_address(host: Host) -> None:
    key = save(host, "ada", "Urgent", shared=True)
    ada = host.client("ada")
    form = form_of(ada.get(f"{INBOX}?saved={key}&priority=low").text, "saved/filters")
    with host.app.app_context():
        change_view(host.agent("grace"), key, {"filters": {"priority": "high"}})
    answer = ada.post(f"{INBOX}saved/filters/{key}", data=form)
    again = ada.get(answer.location).text
    assert "Somebody else changed this since you opened it" in again
    assert "Changed, not saved." in again
    assert "Priority: Low" in again
    ada.post(f"{INBOX}saved/filters/{key}", data=form_of(again, "saved/filters"))
    found = of(host, "ada", key)
    assert found is not None
    assert found.filters.kept() == {"priority": "low"}


def test_every_step_from_a_saved_view_keeps_what_is_shown(host: Host, open_ticket: OpenTicket) -> None:
    host.desk.settings.page_size = 2
    tickets = [open_ticket(subject=f"Number {number}") for number in range(3)]
    key = save(host, "ada", "Of Jerome", requester="Jerome", sort="newest")
    ada = host.client("ada")
    first = ada.get(f"{INBOX}?saved={key}").text
    following = re.search(r'href="([^"]+)" rel="next"', first)
    assert following is not None
    second = ada.get(unescape(following[1])).text
    assert rows(first) + rows(second) == tickets[::-1]
    assert "<h1>Of Jerome</h1>" in second
    assert "Changed, not saved." not in second
    ticket = re.search(r'class="sg-subject" href="([^"]+)"', first)
    assert ticket is not None
    with host.app.app_context():
        change_view(host.agent("ada"), key, {"name": "Jerome"})
    page = ada.get(unescape(ticket[1])).text
    assert "Back to Jerome" in page
    back = re.search(r'<a href="([^"]+)">Back to Jerome', page)
    assert back is not None
    assert rows(ada.get(unescape(back[1])).text) == rows(first)


def test_a_view_stands_at_the_side_in_the_place_of_its_list(host: Host) -> None:
    key = save(host, "ada", "Billing mine", view="mine", queue="support")
    html = host.client("ada").get(f"{INBOX}?saved={key}").text
    side = html[html.index('class="sg-side"') : html.index("</nav>", html.index('class="sg-side"'))]
    assert [unescape(name) for name in re.findall(r'aria-current="page"><span>([^<]*)', side)] == ["Billing mine"]
    assert ">Manage views<" in side
    assert ">Manage views<" not in host.client("cleo").get(INBOX).text


# What is gone


@pytest.mark.every_database
def test_a_view_that_names_what_is_gone_says_so_and_shows_nothing_wrong(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket(category="storefront")
    ben = str(host.ids["ben"])
    with host.app.app_context():
        grace = host.agent("grace")
        setup.create_queue(grace, "returns", {"name": "Returns"})
        agents.change_agent(grace, str(host.ids["ada"]), covers=agents.Covers(queues=("support", "returns")))
    keys = {
        name: save(host, "ada", name, shared=True, **{name: value})
        for name, value in {"queue": "returns", "category": "storefront", "assignee": ben}.items()
    }
    ada = host.client("ada")
    assert rows(ada.get(f"{INBOX}?saved={keys['category']}").text) == [ticket_id]
    with host.app.app_context():
        grace = host.agent("grace")
        setup.change_queue(grace, "returns", {"active": False})
        setup.change_category(grace, "storefront", {"active": False})
        agents.withdraw_agent(grace, ben)
    said = {
        "queue": "The queue “Returns” is not in use.",
        "category": "The category “Storefront” is not in use.",
        "assignee": "There is no agent “Ben Okoro” here, or more than one.",
    }
    for name, key in keys.items():
        answer = ada.get(f"{INBOX}?saved={key}")
        text = unescape(answer.text)
        assert (answer.status_code, said[name] in text) == (200, True), name
        # The form still says what filters, or applying another filter would take it away unseen.
        assert re.search(rf'<select[^>]*name="{name}".*?<option value="[^"]+" selected', answer.text, re.DOTALL), name
    never = unescape(ada.get(f"{INBOX}?queue=never&category=never&assignee=never&view=all").text)
    assert "The queue “never” is not in use." in never
    assert "There is no agent “never” here, or more than one." in never
    assert rows(never) == []
    assert unescape(ada.get(f"{INBOX}?assignee=nobody").text).count("There is no agent") == 0


def test_a_queue_one_does_not_cover_is_said_to_be_so(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket(category="invoices")
    key = save(host, "grace", "Billing", shared=True, queue="billing", sort="newest")
    ada = unescape(host.client("ada").get(f"{INBOX}?saved={key}").text)
    assert "You do not cover the queue “Billing”." in ada
    assert rows(ada) == []
    ben = unescape(host.client("ben").get(f"{INBOX}?saved={key}").text)
    assert "You do not cover" not in ben
    assert rows(ben) == [ticket_id]


# Numbers


@pytest.fixture
def counted(host: Host) -> Iterator[list[str]]:
    """The statements that count within the test."""
    with host.app.app_context():
        engine = host.db.engine
    found: list[str] = []

    def heard(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if "count(" in statement.lower():
            found.append(" ".join(statement.lower().split()))

    event.listen(engine, "before_cursor_execute", heard)
    yield found
    event.remove(engine, "before_cursor_execute", heard)


@pytest.mark.every_database
def test_numbers_are_bounded_and_come_in_as_few_statements_for_many_views(
    host: Host, open_ticket: OpenTicket, counted: list[str]
) -> None:
    for __ in range(3):
        open_ticket()
    key = save(host, "ada", "Of Jerome", view="all", requester="Jerome")
    few = save(host, "ada", "Open ones of Jerome", requester="Jerome", status="open")
    save(host, "ada", "A search", q="checkout")
    ada = host.client("ada")
    ada.get(f"{INBOX}saved/tallies")
    counted.clear()
    with host.count_statements() as one:
        assert ada.get(f"{INBOX}saved/tallies").json == {key: "3", few: "3"}
    with host.app.app_context():
        for number in range(MAX_OWN_VIEWS - 3):
            save_view(host.agent("ada"), {"name": f"V{number}", "filters": {"view": "mine", "tag": f"t{number}"}})
        for number in range(MAX_SHARED_VIEWS // 2):
            for who in ("cleo", "ben"):
                values = {"name": f"{who} {number}", "filters": {"status": "closed"}, "shared": True}
                save_view(host.agent(who), values)
    counted.clear()
    with host.count_statements() as many:
        found = ada.get(f"{INBOX}saved/tallies").json
    assert found is not None
    assert len(found) == MAX_OWN_VIEWS + MAX_SHARED_VIEWS - 1
    assert len(many) == len(one) <= 5
    # Each number is of a bounded list, or of one walk through the newest tickets; none is of a table.
    assert len(counted) == 1
    of_few = MAX_OWN_VIEWS - 2
    assert counted[0].count("count(") == counted[0].count("limit") == of_few
    [walk] = [text for text in many.ran if "sum(" in text.lower()]
    assert walk.lower().count("sum(") == len(found) - of_few


def test_a_full_view_reads_ninety_nine_plus(
    host: Host, open_ticket: OpenTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    for __ in range(4):
        open_ticket()
    key = save(host, "ada", "Of Jerome", requester="Jerome")
    monkeypatch.setattr("flask_sgsupport.queries.saved_views.TALLIED", 2)
    monkeypatch.setattr("flask_sgsupport.inbox.saved_views.TALLIED", 2)
    assert host.client("ada").get(f"{INBOX}saved/tallies").json == {key: "2+"}
    with host.app.app_context():
        assert tallies(host.agent("ada")) == {key: 3}


def test_numbers_are_no_visit_and_are_kept_by_nobody(host: Host) -> None:
    answer = host.client("ada").get(f"{INBOX}saved/tallies")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "Set-Cookie" not in answer.headers


@pytest.mark.every_database
def test_a_list_costs_no_more_with_every_view_there_can_be(host: Host, open_ticket: OpenTicket) -> None:
    open_ticket()
    clients = {who: host.client(who) for who in ("ada", "grace")}

    def costs(path: str) -> dict[str, int]:
        found = {}
        for who, client in clients.items():
            client.get(INBOX + path)
            with host.count_statements() as ran:
                assert client.get(INBOX + path).status_code == 200
            found[who] = len(ran)
        return found

    without, page = costs(""), costs("saved/")
    key = save(host, "ada", "First", shared=True)
    with host.app.app_context():
        for who in ("ada", "cleo"):
            for number in range(12):
                save_view(host.agent(who), {"name": f"{who} {number}", "filters": URGENT, "shared": number % 2 == 0})
    assert costs("") == without
    assert costs("saved/") == page
    # A saved view is read before its list: one statement.
    opened = costs(f"?saved={key}")
    assert opened == {who: cost + 1 for who, cost in without.items()}
    assert max(opened.values()) <= 6
    changed = costs(f"?saved={key}&priority=high&queue=support&assignee=me&account=north")
    assert max(changed.values()) <= 6
    assert max(page.values()) <= 6


def test_numbers_of_views_walk_no_long_table(host: Host, open_ticket: OpenTicket) -> None:
    for filters in (
        {"view": "mine", "priority": "high"},
        {"view": "unassigned", "queue": "support"},
        {"tag": "vip"},
        {"assignee": "me", "status": "resolved"},
        {"account": "north"},
        {"requester": "jerome", "view": "closed"},
        {"due": "overdue"},
        {"view": "delivery", "site": "11"},
        {"view": "all", "category": "invoices"},
        {"view": "closed", "channel": "mail"},
        {"view": "all", "priority": "low"},
        {"view": "mine", "status": "closed"},
        {"view": "merged", "tag": "vip"},
        {"view": "all", "since": "2026-04-01"},
        {"view": "all", "queue": "support", "assignee": "nobody"},
        {"view": "all", "about": "order:1"},
    ):
        save(host, "ada", " ".join(filters.values()), **filters)
    client = host.client("ada")
    with plans(host) as steps:
        assert client.get(f"{INBOX}saved/tallies").status_code == 200
    assert steps
    assert walked(steps) == []
    # One of the newest tickets, by their keys; whatever else is looked up is of a ticket, a name or a few.
    assert [step for step in steps if step == "SEARCH sgsupport_ticket USING INTEGER PRIMARY KEY (rowid>?)"]


def test_of_views_that_hold_every_status_the_newest_tickets_are_counted(
    host: Host, open_ticket: OpenTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    for __ in range(4):
        open_ticket()
    every = save(host, "ada", "Of Jerome", view="all", requester="Jerome")
    opened = save(host, "ada", "Open ones", requester="Jerome", status="open")
    monkeypatch.setattr("flask_sgsupport.queries.views.SEARCH_WINDOW", 3)
    assert host.client("ada").get(f"{INBOX}saved/tallies").json == {every: "3", opened: "4"}
    assert "newest 20,000 tickets" in host.client("ada").get(f"{INBOX}saved/").text


# The pages


def test_the_page_of_views_orders_renames_and_removes(host: Host) -> None:
    first, second = save(host, "ada", "First"), save(host, "ada", "Second", queue="support", assignee="me")
    shared = save(host, "cleo", "Of all", shared=True)
    ada = host.client("ada")
    page = ada.get(f"{INBOX}saved/").text
    assert [unescape(one) for one in re.findall(r"<h3><a[^>]*>([^<]*)", page)] == ["Of all", "First", "Second"]
    assert "Queue: Support · Assignee: Me" in page
    assert "kept by Cleo Marsh" in page
    assert f"saved/change/{shared}" not in page
    answer = ada.post(f"{INBOX}saved/move/{second}", data={"to": "up"})
    assert answer.location.endswith(f"#sg-view-{second}")
    assert names(host, "ada") == ["Of all", "Second", "First"]
    form = form_of_change(ada.get(f"{INBOX}saved/change/{first}").text)
    refused = ada.post(f"{INBOX}saved/change/{first}", data=form | {"name": "second"})
    assert (refused.status_code, "There is a view of this name already." in refused.text) == (422, True)
    assert 'value="second"' in refused.text
    assert ada.post(f"{INBOX}saved/change/{first}", data=form | {"name": "Third", "shared": "1"}).status_code == 302
    assert names(host, "cleo") == ["Of all", "Third"]
    assert ada.post(f"{INBOX}saved/remove/{first}", data={"sure": "1"}).status_code == 302
    assert names(host, "cleo") == ["Of all"]
    lead = host.client("grace").get(f"{INBOX}saved/change/{shared}").text
    assert "kept by Cleo Marsh" in lead
    assert "shared view Of all: for everybody – → yes" in unescape(lead)


def test_an_arrow_pressed_twice_moves_a_view_once(host: Host) -> None:
    for name in ("First", "Second", "Third"):
        save(host, "ada", name)
    client = host.client("ada")
    shown = client.get(f"{INBOX}saved/").text
    action = re.search(r'action="([^"]+saved/move/[^"]+)">(?:(?!</form>).)*Move Third up', shown, re.DOTALL)
    assert action
    form = shown[action.start() : shown.index("</form>", action.start())]
    sent = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    for __ in range(2):
        assert client.post(action[1], data=sent | {"to": "up"}).status_code == 302
        assert names(host, "ada") == ["First", "Third", "Second"]


def test_a_shared_view_is_removed_only_by_whoever_was_told_that_others_have_it(host: Host) -> None:
    shared = save(host, "cleo", "Of all", shared=True)
    cleo = host.client("cleo")
    form = cleo.get(f"{INBOX}saved/change/{shared}").text
    assert re.search(rf'<a class="sg-button sg-button-danger" href="{INBOX}saved/remove/{shared}">', form)
    for asked in (cleo.get(f"{INBOX}saved/remove/{shared}"), cleo.post(f"{INBOX}saved/remove/{shared}")):
        html = unescape(asked.text)
        assert "<h1>Remove “Of all”?</h1>" in html
        assert re.search(r"shared with every agent: [1-9]\d* colleagues find it no more[.]", html)
        assert "Remove for everybody" in html
        assert names(host, "ada") == ["Of all"]
    assert host.client("ada").get(f"{INBOX}saved/remove/{shared}").status_code == 404
    [sure] = re.findall(r'name="(sure)" value="1"', html)
    assert cleo.post(f"{INBOX}saved/remove/{shared}", data={sure: "1"}).status_code == 302
    assert names(host, "ada") == []


def test_a_shared_view_that_was_changed_meanwhile_is_shown_before_it_is_removed(host: Host) -> None:
    shared = save(host, "cleo", "Of all", shared=True)
    cleo = host.client("cleo")
    asks = f"{INBOX}saved/remove/{shared}"
    older = form_of_change(cleo.get(asks).text)
    with host.app.app_context():
        change_view(host.agent("grace"), shared, {"filters": {"priority": "high"}})
    again = cleo.post(asks, data=older, follow_redirects=True).text
    assert "Somebody has just changed this view. Look again, then decide." in again
    assert "Priority: High" in again
    assert names(host, "cleo") == ["Of all"]
    assert cleo.post(asks, data=form_of_change(again)).status_code == 302
    assert names(host, "cleo") == []


def test_a_view_of_ones_own_is_removed_without_a_question(host: Host) -> None:
    own = save(host, "ada", "Mine alone")
    ada = host.client("ada")
    assert ada.get(f"{INBOX}saved/remove/{own}").location == f"{INBOX}saved/change/{own}"
    assert names(host, "ada") == ["Mine alone"]
    assert ada.post(f"{INBOX}saved/remove/{own}").status_code == 302
    assert names(host, "ada") == []


def form_of_change(html: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', html)}


def test_a_refused_name_brings_the_form_back_with_its_filters(host: Host) -> None:
    save(host, "cleo", "Urgent", shared=True)
    ada = host.client("ada")
    long = "日" * 500
    form = form_of(ada.get(f"{INBOX}?priority=high&tag={long[:200]}&site={long[:200]}").text, "saved/new")
    refused = ada.post(f"{INBOX}saved/new", data=form | {"name": "urgent", "shared": "1"})
    assert refused.status_code == 422
    assert "There is a view of this name already." in refused.text
    assert "Priority: High" in refused.text
    assert re.search(r'name="shared"[^>]* checked', refused.text)
    again = form_of_change(refused.text)
    answer = ada.post(f"{INBOX}saved/new", data=again | {"name": "High", "shared": ""})
    found = of(host, "ada", answer.location.split("=")[1])
    assert found is not None
    assert found.filters.kept() == {"priority": "high", "tag": long[:200], "site": long[:200]}
    nothing = ada.post(f"{INBOX}saved/new", data={"name": "Nothing", "filters": "x=1"})
    assert (nothing.status_code, "nothing is chosen that could be saved" in nothing.text) == (422, True)


def test_who_had_the_form_open_longer_than_a_colleagues_change_is_told(host: Host) -> None:
    key = save(host, "ada", "Urgent", shared=True)
    ada = host.client("ada")
    form = form_of_change(ada.get(f"{INBOX}saved/change/{key}").text)
    with host.app.app_context():
        change_view(host.agent("grace"), key, {"name": "Very urgent"})
    refused = ada.post(f"{INBOX}saved/change/{key}", data=form | {"name": "Red", "shared": "1"})
    assert refused.status_code == 409
    assert "name is “Very urgent” now" in unescape(refused.text)
    assert seal_seen({"name": "Very urgent"})[1:-1] in unescape(refused.text)


def test_a_saved_search_counts_as_a_search_and_is_made_for_nobody_who_does_not_look(
    host: Host, open_ticket: OpenTicket
) -> None:
    ticket_id = open_ticket(subject="Giraffe")
    key = save(host, "ada", "Giraffes", q="giraffe")
    ada = host.client("ada")
    assert rows(ada.get(f"{INBOX}?saved={key}").text) == [ticket_id]
    assert ada.get(f"{INBOX}?saved={key}", headers={"Sec-Purpose": "prefetch"}).status_code == 503
    assert ada.get(f"{INBOX}saved/tallies").json == {}


def test_an_agent_sees_in_a_view_what_was_assigned_meanwhile(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    key = save(host, "ada", "Mine", shared=True, assignee="me")
    assert rows(host.client("cleo").get(f"{INBOX}?saved={key}").text) == []
    with host.app.app_context():
        assigning.claim(ticket_id, host.agent("ada"))
        assert [row.ticket_id for row in listing(host.agent("ada"), Filters(assignee="me")).rows] == [ticket_id]
    assert rows(host.client("ada").get(f"{INBOX}?saved={key}").text) == [ticket_id]
    assert rows(host.client("cleo").get(f"{INBOX}?saved={key}").text) == []
    with host.app.app_context():
        assert host.db.session.scalars(select(SavedView.name)).all() == ["Mine"]
