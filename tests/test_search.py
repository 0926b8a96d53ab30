"""Agents find tickets by what was said in them, on every database the same; nobody finds what is not for them."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from flask_sgsupport import migrations
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import Category, Message, Queue, Ticket
from flask_sgsupport.models.search_index import FTS, drop_index
from flask_sgsupport.queries.health import checks
from flask_sgsupport.queries.inbox import listing
from flask_sgsupport.queries.naming import understood
from flask_sgsupport.queries.search import found_by, search_complaints
from flask_sgsupport.queries.views import Filters
from flask_sgsupport.search_text import read_query
from flask_sgsupport.services import assigning, redacting, replying, sorting, taking_in
from flask_sgsupport.services.host_session import is_clean
from flask_sgsupport.worker import loop
from tests.world import Host, OpenTicket

INBOX = "/admin/support/"
STORY = "Since noon the **gift card** page says: payment declined, try later.\n\nNobody can pay."


def found(client: FlaskClient, words: str) -> list[str]:
    """The numbers of the tickets a search shows."""
    answer = client.get(INBOX, query_string={"q": words}, follow_redirects=True)
    assert answer.status_code == 200, words
    return re.findall(r'<span class="sg-num">(TKT-\d+-\d+)</span>', answer.text)


def search(client: FlaskClient, words: str) -> str:
    """The page a search leads to, as it is read."""
    return unescape(client.get(INBOX, query_string={"q": words}, follow_redirects=True).text)


def marked(client: FlaskClient, words: str) -> list[str]:
    """What is highlighted in the list of a search."""
    text = client.get(INBOX, query_string={"q": words}).text
    return [unescape(hit) for hit in re.findall("<mark>(.*?)</mark>", text)]


@pytest.mark.every_database
def test_a_phrase_in_the_middle_of_a_message_is_found_and_marked(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id, other = open_ticket(subject="Größe <b>", body=STORY), open_ticket(subject="Another", body="Card? Gift!")
    ada = host.client("ada")
    assert found(ada, '"payment declined, try"') == [ticket_id]
    assert marked(ada, '"payment declined, try"') == ["payment declined, try"]
    assert found(ada, '"gift card"') == [ticket_id]
    assert found(ada, '"card gift"') == [other]
    assert found(ada, "gift card") == [other, ticket_id]
    assert found(ada, "gift card -nothing") == []
    assert found(ada, "grosse declin") == [ticket_id], "subject and message together, a beginning of a word"
    assert marked(ada, "grosse declin") == ["Größe", "declined"]
    page = ada.get(INBOX, query_string={"q": "gift page"}).text
    assert "<mark>Größe</mark>" not in page
    assert "Größe &lt;b&gt;" in page
    assert "**" not in page


@pytest.mark.every_database
def test_people_queues_and_categories_are_asked_for_by_their_names(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket(category="invoices")
    with host.app.app_context():
        assigning.claim(ticket_id, host.agent("grace"))
        host.db.session.execute(update(Queue).where(Queue.key == "billing").values(name="Money & plans"))
        host.db.session.execute(update(Category).where(Category.key == "invoices").values(name="Bills and VAT"))
        host.db.session.commit()
    host.bent = "names were changed past the desk"
    grace = host.client("grace")
    for asked in (
        "assignee:grace", "assignee:Hopper", 'assignee:"grace hopper"', "assignee:GRACE@desk.example", "assignee:me",
        "category:invoices", "category:bil", 'category:"bills and vat"', "queue:money", 'queue:"money & plans"',
        "queue:billing assignee:grace",
    ):  # fmt: skip
        assert found(grace, asked) == [ticket_id], asked
    assert found(grace, "assignee:ada") == []
    assert "There is no agent" not in search(grace, "assignee:ada")
    for nobody in ("assignee:zoe", "assignee:e"):
        assert f"There is no agent “{nobody[9:]}” here, or more than one." in search(grace, nobody)
    with host.app.app_context(), host.count_statements() as ran:
        understood(Filters(q="assignee:grace category:vat queue:money refund"))
        understood(Filters(q="refund"))
    assert len(ran) == 1
    for asked, tables in {"queue:money": {"queue"}, "category:vat": {"category"}, "assignee:grace": {"agent"}}.items():
        with host.app.app_context(), host.count_statements() as ran:
            understood(Filters(q=asked))
        assert {name for one in ran.ran for name in re.findall(r"sgsupport_(\w+)", one)} == tables


@pytest.mark.every_database
def test_one_of_several_and_none_of_some_are_asked_for(host: Host, open_ticket: OpenTicket) -> None:
    plain, vip, urgent, done = (open_ticket(subject=f"Number {one}") for one in range(4))
    with host.app.app_context():
        grace = host.agent("grace")
        sorting.change_tags(vip, grace, add="vip")
        sorting.change_tags(urgent, grace, add="old")
        sorting.change_fields(urgent, grace, {"priority": "urgent"})
        replying.reply(done, grace, body="Done.", status=Status.RESOLVED)
    client = host.client("grace")
    for asked, tickets in {
        "status:open,resolved": {plain, vip, urgent, done},
        "status:open status:resolved priority:normal": {plain, vip, done},
        "-status:open": {done},
        "-tag:vip": {plain, urgent, done},
        "-tag:vip -tag:old status:open": {plain},
        "tag:vip,old": {vip, urgent},
        "tag:vip,-vip": set(),
        "priority:urgent,high": {urgent},
        "-assignee:nobody": {done},
        "assignee:ada,nobody -queue:billing": {plain, vip, urgent},
    }.items():
        assert set(found(client, asked)) == tickets, asked
    page = search(client, "status:open,resolved -tag:vip,old")
    assert "Status: Open or Resolved" in page
    assert "Tag: not vip or old" in page
    assert "is none of these" in search(client, "priority:high,loud")
    assert "is none of these" in search(client, "queue:" + ",".join(map(str, range(60))))


@pytest.mark.every_database
def test_short_words_common_words_and_words_without_spaces_are_found(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket(subject="The price is up", body="It was 3 and is 4. 今日は東京タワーの件です。")
    open_ticket(subject="Other", body="Nothing of all that.")
    ada, mariadb = host.client("ada"), "mysql" in host.app.config["SQLALCHEMY_DATABASE_URI"]
    looks_through = {"up": mariadb, "the was": mariadb, "3": mariadb, "タワー": True, "up price": False}
    for words, looked_through in looks_through.items():
        assert found(ada, words) == [ticket_id], words
        said = "only the newest 20,000 messages were searched" in ada.get(INBOX, query_string={"q": words}).text
        assert said == looked_through, words
    assert found(ada, "u") == []
    assert marked(ada, "東京") == ["東京"]


HOSTILE = (
    '"', '""', "*", "a*", '" OR 1=1 --', "a* AND (", "NEAR(a b)", "-", "+", "@", "%", "_", "\\", "'", ":*", "!a & b",
    "{}", "\x00", "gift\x00card", "🙁", "gift 🙁", "\u202e", "a" * 10_000, '"' * 10_000, "gift " * 2_000, "a" * 90,
    "queue:", 'queue:"', "status:x", "queue:'; DROP TABLE sgsupport_message", "²", "ﷺ", "𞤀", "<b>", "{{ 7*7 }}",
)  # fmt: skip


@pytest.mark.every_database
def test_hostile_words_give_results_or_a_sentence(host: Host, open_ticket: OpenTicket) -> None:
    host.desk.settings.searches_per_minute = None
    open_ticket(subject="Gift 🙁", body=STORY)
    ada = host.client("ada")
    for words in HOSTILE:
        answer = ada.get(INBOX, query_string={"q": words}, follow_redirects=True)
        assert answer.status_code == 200, words[:40]
        assert "<b>" not in answer.text
    assert found(ada, "gift 🙁") != []
    many = ada.get(INBOX, query_string={"q": "gift card page says payment declined try later nobody"}).text
    assert "Only the first 8 words or phrases were searched for." in many


@pytest.mark.every_database
def test_the_end_of_the_longest_message_is_found_and_shown(host: Host, open_ticket: OpenTicket) -> None:
    body = "".join(f"w{number} " for number in range(2_900)) + "at the very end"
    assert len(body) < host.desk.settings.max_body_chars
    ticket_id = open_ticket(subject="Long", body=body)
    open_ticket(subject="Longer when folded", body="ﷺ" * host.desk.settings.max_body_chars)
    ada = host.client("ada")
    assert found(ada, '"w2899 at the very end"') == [ticket_id]
    assert "…w28" in ada.get(INBOX, query_string={"q": '"very end"'}).text
    assert marked(ada, '"very end"') == ["very end"]


@pytest.mark.every_database
def test_a_note_is_found_by_agents_who_see_its_ticket_only(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket(body=STORY)
    with host.app.app_context():
        replying.add_note(ticket_id, host.agent("ada"), body="The acquirer is down.")
        ada, jerome = host.agent("ada"), host.customer("jerome")
        wanted = {words: read_query(words) for words in ("acquirer", "declined")}
        seen = {
            (actor.side, words): host.db.session.scalars(select(Ticket.ticket_id).where(found_by(actor, query))).all()
            for actor in (ada, jerome)
            for words, query in wanted.items()
        }
        assert seen == {
            (ada.side, "acquirer"): [ticket_id], (ada.side, "declined"): [ticket_id],
            (jerome.side, "acquirer"): [], (jerome.side, "declined"): [ticket_id],
        }  # fmt: skip
    assert found(host.client("ada"), "acquirer") == [ticket_id]
    assert "Note: “The <mark>acquirer</mark> is down.”" in host.client("ada").get(f"{INBOX}?q=acquirer").text
    assert found(host.client("ben"), "acquirer") == []
    assert ticket_id not in host.client("jerome").get("/support/?q=acquirer").text


@pytest.mark.every_database
def test_words_that_are_gone_find_nothing(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket(subject="Password hunter22 leaked", body="My password is hunter22.")
    with host.app.app_context():
        ada, grace = host.agent("ada"), host.agent("grace")
        note = str(replying.add_note(ticket_id, ada, body="Perhaps phishing.").message)
        replying.edit_note(ticket_id, ada, note, body="Certainly malware.")
        first = host.db.session.scalars(select(Message.key).order_by(Message.pk).limit(1)).one()
    client = host.client("grace")
    assert found(client, "phishing") == []
    assert found(client, "malware") == found(client, "hunter22") == [ticket_id]
    with host.app.app_context():
        redacting.redact(ticket_id, grace, first, secret="hunter22")
    assert found(client, "hunter22") == []
    assert found(client, "redacted malware") == [ticket_id], "the note stands under the subject of now"


@pytest.mark.every_database
def test_a_search_has_the_filters_that_were_typed_and_leads_to_the_message(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket(body=STORY)
    open_ticket("mina", body=STORY, site_ids=[])
    ada = host.client("ada")
    answer = ada.get(INBOX, query_string={"q": 'queue:support status:open "gift card" from:jerome@'})
    assert answer.headers["Location"].endswith(
        "?view=all&queue=support&status=open&requester=jerome@&q=%22gift+card%22"
    )
    text = ada.get(answer.headers["Location"]).text
    assert re.findall(r'<span class="sg-num">(TKT-\d+-\d+)</span>', text) == [ticket_id]
    for chip in ("Queue: Support", "Status: Open", "Requester: jerome@", "Search: &#34;gift card&#34;"):
        assert chip in text, chip
    with host.app.app_context():
        key = host.db.session.scalars(select(Message.key).order_by(Message.pk).limit(1)).one()
    assert re.search(rf'class="sg-subject" href="[^"]+#m-{key}"', text)
    assert f'id="m-{key}"' in ada.get(f"{INBOX}tickets/{ticket_id}").text


@pytest.mark.every_database
def test_a_search_counts_as_reading(in_app: Host, open_ticket: OpenTicket) -> None:
    open_ticket(body=STORY)
    assert len(listing(in_app.agent("ada"), Filters(q='"gift card" declin up')).rows) == 0
    assert is_clean(in_app.db.session()), "an act in the same request still has a transaction of its own"


def test_what_is_searched_from_a_list_stands_newest_first(host: Host, open_ticket: OpenTicket) -> None:
    open_ticket(body=STORY)
    ada = host.client("ada")
    [chosen] = re.findall(r'<option value="([^"]*)" selected>Unaddressed first', ada.get(INBOX).text)
    form = {"q": "gift", "sort": chosen}
    assert "1 ticket, newest first" in ada.get(INBOX, query_string=form, follow_redirects=True).text


@pytest.mark.every_database
def test_messages_of_before_the_upgrade_are_taken_in_by_the_worker(
    host: Host, open_ticket: OpenTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    tickets = [open_ticket(body=f"Number {number} of the gift cards") for number in range(5)]
    with host.app.app_context():
        host.db.session.execute(update(Message).values(searched=None))
        host.db.session.commit()

    def said() -> list[str]:
        with host.app.test_request_context():
            found = [check.sentence for check in checks() if check.name == "search"]
            host.db.session.remove()
            return found

    assert found(host.client("ada"), "gift") == []
    assert ["Older messages are not found yet." in sentence for sentence in said()] == [True]
    monkeypatch.setattr(taking_in, "MESSAGES_A_TURN", 2)
    with host.app.app_context():
        assert taking_in.take_in()
    loop.run(host.app, once=True)
    assert found(host.client("ada"), "gift") == tickets[::-1]
    assert said() == ["Every message is found by its words."]


def test_a_message_of_an_older_release_that_is_committed_late_is_taken_in(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket(body=STORY)
    open_ticket(body="Something else.")
    with host.app.app_context():
        while taking_in.take_in():
            pass
        first = host.db.session.scalar(select(func.min(Message.pk)))
        host.db.session.execute(update(Message).where(Message.pk == first).values(searched=None))
        host.db.session.commit()
        assert ["Older messages are not found yet." in said for said in search_complaints()] == [True]
        taking_in.take_in()
        assert search_complaints() == []
        host.db.session.remove()
    assert found(host.client("ada"), "gift") == [ticket_id]


def test_without_an_index_the_newest_messages_are_looked_through(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket(body=STORY)
    with host.app.app_context():
        migrations.upgrade()
        with host.db.engine.begin() as connection:
            drop_index(connection)
        assert found(host.client("ada"), '"payment declined" gift') == [ticket_id]
        [check] = [check for check in checks() if check.name == "search"]
        assert "a search looks through the newest 20,000 messages only. Run: flask support db upgrade" in check.sentence
        host.db.session.remove()
        migrations.upgrade()
        with host.count_statements() as ran:
            assert found(host.client("ada"), '"payment declined" gift') == [ticket_id]
        assert [statement for statement in ran.ran if f"{FTS} MATCH" in statement]


def test_what_a_search_cannot_do_is_said(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket(subject="Printer and refund")
    client = host.client("ada")
    page = search(client, "printer -refund")
    assert found(client, "printer -refund") == [ticket_id]
    assert "A minus leaves out filters only: “refund” was searched for." in page
    assert "A minus leaves out" not in search(client, "-tag:vip printer") + search(client, "well-known printer")
    assert "No message together with its subject has all of these words." in search(client, "printer nowhere")
    assert "Nothing in a subject or a message has these words." in search(client, "nowhere")
