"""A list is narrowed by conditions beside its filters: “is not”, “contains”, one of several; the address says them."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import text

from flask_sgsupport.conditions import MAX_IN_ADDRESS
from flask_sgsupport.queries import places as walking
from flask_sgsupport.queries import views
from flask_sgsupport.queries.inbox import listing
from flask_sgsupport.queries.places import Place, ticket_beside
from flask_sgsupport.queries.search import SEARCH_WINDOW
from flask_sgsupport.queries.views import SORTS, Filters
from flask_sgsupport.services import sorting
from flask_sgsupport.services.saving_views import save_view
from tests.test_lists_stay_quick import fill
from tests.test_saved_views import INBOX, form_of, rows
from tests.world import Host, OpenTicket

NARROW = f"{INBOX}narrow"


@pytest.fixture
def three(host: Host, open_ticket: OpenTicket) -> tuple[str, str, str]:
    """One urgent, one of a VIP, one of neither."""
    urgent, vip, plain = (open_ticket(subject=one) for one in ("Nothing works", "Refund of a tote", "A question"))
    with host.app.app_context():
        sorting.change_fields(urgent, host.agent("ada"), {"priority": "urgent"})
        sorting.change_fields(vip, host.agent("ada"), {"tags": "vip"})
    return urgent, vip, plain


@pytest.mark.every_database
@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("| priority is urgent; tag is vip", {0, 1}),
        ("priority is_not urgent", {1, 2}),
        ("tag none_of vip,gold", {0, 2}),
        ("subject contains refund,question", {1, 2}),
        ("subject contains o | tag is vip; subject contains question", {1, 2}),
        ("priority is normal | tag is vip", {1}),
        ("assignee is me", set()),
        ("created until 2026-01-01", set()),
        ("queue is gone", set()),
    ],
)
def test_a_list_holds_what_its_conditions_are_so_of(
    host: Host, three: tuple[str, str, str], where: str, found: set[int]
) -> None:
    page = host.client("ada").get(INBOX, query_string={"where": where}).text
    assert set(rows(page)) == {three[place] for place in found}
    assert "Remove filter: </span>Conditions: " in page


def test_conditions_are_written_row_by_row_and_lead_to_the_list(host: Host, three: tuple[str, str, str]) -> None:
    ada = host.client("ada")
    first = ada.get(NARROW, query_string={"queue": "support", "add": "any", "any-add": "tag"}).text
    assert "Beside: Queue: " in first
    assert 'name="any-0-field" value="tag"' in first
    row = {"any-0-field": "tag", "any-0-op": "one_of", "any-0-value": "vip, gold"}
    second = ada.get(NARROW, query_string={"queue": "support", **row, "add": "any", "any-add": "priority"}).text
    assert 'name="any-1-field" value="priority"' in second and 'value="vip, gold"' in second
    row |= {"any-1-field": "priority", "any-1-op": "one_of", "any-1-value": "urgent"}
    shown = ada.get(NARROW, query_string={"queue": "support", **row, "show": "1"})
    assert shown.status_code == 302
    asked = parse_qs(urlsplit(shown.location).query)
    assert asked == {"queue": ["support"], "where": ["| tag one_of vip,gold; priority one_of urgent"]}
    page = ada.get(shown.location).text
    assert set(rows(page)) == set(three[:2])
    assert "Conditions: tag is one of “vip” or “gold” or priority is one of “Urgent”" in page
    again = ada.get(NARROW, query_string={name: value[0] for name, value in asked.items()}).text
    assert 'value="vip, gold"' in again and re.search(r'value="urgent" checked', again)
    less = ada.get(NARROW, query_string={"queue": "support", **row, "remove": "any-0"}).text
    assert "any-1-field" not in less and 'name="any-0-field" value="priority"' in less
    none = ada.get(NARROW, query_string={"queue": "support", "show": "1"})
    assert parse_qs(urlsplit(none.location).query) == {"queue": ["support"]}


def test_what_is_wrong_with_a_row_is_said_beside_it_and_nothing_is_lost(host: Host) -> None:
    row = {"all-0-field": "created", "all-0-op": "since", "all-0-value": "yesterday"}
    row |= {"any-0-field": "subject", "any-0-op": "contains", "any-0-value": "refund"}
    answer = host.client("ada").get(NARROW, query_string={"view": "all", **row, "show": "1"})
    assert answer.status_code == 422
    assert "Write a day like 2026-04-22." in answer.text
    assert 'value="yesterday"' in answer.text and 'value="refund"' in answer.text


def test_conditions_too_long_for_an_address_are_refused_and_stay_in_the_form(host: Host) -> None:
    rows_of = {}
    for place in range(8):
        rows_of |= {f"all-{place}-field": "subject", f"all-{place}-op": "contains", f"all-{place}-value": "x" * 190}
    answer = host.client("ada").get(NARROW, query_string=rows_of | {"show": "1"})
    assert answer.status_code == 422
    assert "too long for one address" in answer.text and answer.text.count("x" * 190) == 8


@pytest.mark.parametrize("where", ["colour is red", "hour is 9", "tag is", "body contains pay", "a | b | c", "\\"])
def test_what_cannot_be_read_filters_nothing_and_says_so(host: Host, three: tuple[str, str, str], where: str) -> None:
    ada = host.client("ada")
    page = ada.get(INBOX, query_string={"where": where}).text
    assert set(rows(page)) == set(three)
    assert "The conditions in this address cannot be read: nothing is filtered by them." in unescape(page)
    assert ada.get(NARROW, query_string={"where": where}).status_code == 200


@pytest.mark.parametrize(("field", "value"), [("figure", "opened/20260422T0000/20260501T0000//8"), ("hour", "9")])
def test_what_lists_cannot_be_narrowed_by_is_refused_in_the_form_and_the_rest_is_kept(
    host: Host, field: str, value: str
) -> None:
    row = {"all-0-field": field, "all-0-op": "counted" if field == "figure" else "is", "all-0-value": value}
    row |= {"any-0-field": "tag", "any-0-op": "one_of", "any-0-value": "vip"}
    answer = host.client("ada").get(NARROW, query_string=row | {"show": "1"})
    assert answer.status_code == 422
    assert "Lists cannot be narrowed by this" in answer.text and 'value="vip"' in answer.text


@pytest.mark.parametrize("which", ["all-\u00b2", "all-" + "9" * 5000, "all--1", "none-0", "all", "-0"])
def test_a_row_that_is_not_there_is_removed_without_an_error(host: Host, which: str) -> None:
    row = {"all-0-field": "tag", "all-0-op": "is", "all-0-value": "vip"}
    answer = host.client("ada").get(NARROW, query_string=row | {"remove": which})
    assert answer.status_code == 200 and 'value="vip"' in answer.text


def test_the_way_out_of_the_page_leads_to_the_list_as_it_was(host: Host) -> None:
    asked = {"queue": "support", "where": "tag is vip"}
    page = host.client("ada").get(NARROW, query_string=asked).text
    form = re.search(r'<form method="get".*?</form>', page, re.DOTALL)
    assert form is not None
    fields = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form[0])
    hidden = {name: unescape(value) for name, value in fields}
    again = host.client("ada").get(NARROW, query_string=hidden | {"add": "all", "all-add": "plan"}).text
    [cancel] = re.findall(r'href="([^"]*)">Cancel', again)
    assert parse_qs(urlsplit(unescape(cancel)).query) == {name: [value] for name, value in asked.items()}


def test_what_is_longer_than_an_address_carries_is_read_as_nothing_and_not_as_a_part(
    host: Host, three: tuple[str, str, str]
) -> None:
    ada = host.client("ada")
    text = "tag none_of " + "x" * (MAX_IN_ADDRESS - len("tag none_of ") - 3) + ",vip"
    page = ada.get(INBOX, query_string={"where": text}).text
    assert "cannot be read: nothing is filtered by them" in page and set(rows(page)) == set(three)
    shown = ada.get(NARROW, query_string={"all-0-field": "subject", "all-0-op": "contains", "all-0-value": "я" * 190,
                                          "all-1-field": "subject", "all-1-op": "contains", "all-1-value": "ж" * 190,
                                          "show": "1"})  # fmt: skip
    assert shown.status_code == 422 and "too long for one address" in shown.text


@pytest.mark.every_database
@pytest.mark.parametrize("sort", ["unaddressed", "oldest", "newest", "due", "updated", "priority"])
def test_pages_and_steps_of_conditions_are_those_of_the_list(host: Host, open_ticket: OpenTicket, sort: str) -> None:
    numbers = [open_ticket(subject=f"Refund {place}") for place in range(5)]
    open_ticket(subject="Something else")
    with host.app.app_context():
        sorting.change_fields(numbers[3], host.agent("ada"), {"priority": "urgent"})
        actor, filters = host.agent("ada"), Filters(view="all", where="subject contains refund", sort=sort)
        whole = [row.ticket_id for row in listing(actor, filters).rows]
        assert set(whole) == set(numbers)
        walked, after = [], ""
        while len(walked) < 9:
            page = listing(actor, replace(filters, after=after), most=2)
            walked += [row.ticket_id for row in page.rows]
            after = page.after
            if not after:
                break
        assert walked == whole
        places = {row.ticket_id: Place.of(row.place) for row in listing(actor, filters).rows}
        for here, there in pairwise(whole):
            found = ticket_beside(actor, filters, places[here], here)
            assert found is not None and found.ticket_id == there
            found = ticket_beside(actor, filters, places[there], there, before=True)
            assert found is not None and found.ticket_id == here


@pytest.mark.every_database
def test_conditions_are_saved_with_a_view_and_opened_again(host: Host, three: tuple[str, str, str]) -> None:
    ada = host.client("ada")
    where = "| priority is urgent; tag is vip"
    page = ada.get(INBOX, query_string={"where": where}).text
    made = ada.post(f"{INBOX}saved/new", data=form_of(page, "saved/new") | {"name": "To be seen to", "shared": "1"})
    opened = host.client("grace").get(made.location).text
    assert set(rows(opened)) == set(three[:2])
    with host.app.app_context(), pytest.raises(Exception, match="cannot be narrowed"):
        save_view(host.agent("ada"), {"name": "By the hour", "filters": {"where": "hour is 9"}})


def test_a_search_and_the_filters_beside_them_keep_the_conditions(host: Host, three: tuple[str, str, str]) -> None:
    ada = host.client("ada")
    page = ada.get(INBOX, query_string={"where": "tag is vip"}).text
    form = re.search(r'<form class="sg-filter".*?</form>', page, re.DOTALL)
    assert form is not None and 'name="where" value="tag is vip"' in form[0]
    assert rows(ada.get(INBOX, query_string={"where": "tag is vip", "q": "Refund"}).text) == [three[1]]
    assert rows(ada.get(INBOX, query_string={"where": "tag is vip", "q": "Nothing"}).text) == []


def test_only_the_newest_tickets_are_looked_at(
    host: Host, open_ticket: OpenTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert SEARCH_WINDOW == 20_000
    first, last = open_ticket(subject="Refund one"), open_ticket(subject="Refund two")
    asked = {"where": "subject contains refund"}
    assert set(rows(host.client("ada").get(INBOX, query_string=asked).text)) == {first, last}
    monkeypatch.setattr(views, "SEARCH_WINDOW", 1)
    assert rows(host.client("ada").get(INBOX, query_string=asked).text) == [last]


def test_nobody_sees_more_by_conditions(host: Host, three: tuple[str, str, str]) -> None:
    with host.app.app_context():
        sorting.change_fields(three[0], host.agent("grace"), {"queue": "billing"})
    page = host.client("cleo").get(
        INBOX, query_string={"view": "all", "where": "| priority is urgent; queue is support"}
    )
    seen = set(rows(page.text))
    assert seen == set(rows(host.client("cleo").get(INBOX, query_string={"view": "all"}).text)) & set(three)


def test_the_page_of_conditions_costs_few_statements_and_changes_nothing(
    host: Host, three: tuple[str, str, str]
) -> None:
    ada = host.client("ada")
    asked = {"where": "| priority is urgent; tag is vip"}
    ada.get(NARROW, query_string=asked)
    with host.count_statements() as ran:
        assert ada.get(NARROW, query_string=asked).status_code == 200
    assert len(ran) <= 6
    assert not [one for one in ran.ran if not one.lstrip().upper().startswith("SELECT")]
    with host.count_statements() as ran:
        assert ada.get(INBOX, query_string=asked).status_code == 200
    assert len(ran) <= 6


@pytest.mark.every_database
@pytest.mark.only_on("mariadb")
@pytest.mark.parametrize("where", ["subject contains nowhere", "priority is_not normal", "| plan is gone; tag is gone"])
def test_no_order_is_walked_to_its_end_where_few_fit(host: Host, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    fill(host, 4_000)
    host.bent = "rows without a history"
    for module in (views, walking):
        monkeypatch.setattr(module, "SEARCH_WINDOW", 200)
    names = "('Handler_read_next', 'Handler_read_prev', 'Handler_read_rnd_next')"
    read = text(f"SHOW SESSION STATUS WHERE Variable_name IN {names}")
    with host.app.app_context():
        grace, session = host.agent("grace"), host.db.session
        # A server learns of its own how many rows there are, but not at once.
        session.execute(text("ANALYZE TABLE sgsupport_ticket")).all()
        for sort in SORTS:
            before = sum(int(row[1]) for row in session.execute(read))
            listing(grace, Filters(view="all", where=where, sort=sort))
            assert sum(int(row[1]) for row in session.execute(read)) - before < 3_000, sort
