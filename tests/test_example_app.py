"""The demo product: its own doors, its pages, and the mail server that shows what would have been sent."""

from __future__ import annotations

import os
import re
import smtplib
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from example_app import create_app
from example_app.__main__ import main
from example_app.casting import PlannedTicket
from example_app.mail_catcher import KEPT, CaughtMail, MailCatcher
from example_app.models import Activity, Site, User, db
from example_app.playing import seed_desk
from example_app.seed import AGENTS, PASSWORD, PEOPLE, SHOPS, UPGRADED, seed, seed_tickets
from example_app.sign_in import local_path
from example_app.stories import CATEGORIES, STORIES
from flask_sgsupport.models import (
    Agent,
    Attachment,
    ContextSnapshot,
    Delivery,
    Message,
    Queue,
    Rating,
    Ticket,
    TicketTag,
)
from flask_sgsupport.snapshot import decode
from tests.example_host import what_customers_see, what_does_not_hold

#: Flask-Admin 2.2 gives its choices in the form that WTForms 3.3 calls old.
with_stock_forms = pytest.mark.filterwarnings(
    "ignore:Yielding raw tuples:DeprecationWarning", "ignore:Passing SelectField choices as tuples:DeprecationWarning"
)

JEROME, PRIYA, GRACE = "jerome@northwind.example", "priya@fabrikam.example", "grace@canvas.example"


def make_app(folder: Path, **config: Any) -> Flask:
    """A seeded Canvas Commerce on a database of its own."""
    defaults = {
        "TESTING": True,
        "SECRET_KEY": "test",
        "SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder}/shop.db",
        "SGSUPPORT_STORAGE_FOLDER": str(folder / "files"),
    }
    app = create_app(defaults | config)
    with app.app_context():
        db.create_all()
        list(seed())
    return app


def dispose(app: Flask) -> None:
    """Ask whether everything holds that always must, then give every connection back."""
    found = what_does_not_hold(app) + what_customers_see(app)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    assert found == []


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    app = make_app(tmp_path_factory.mktemp("shop"))
    yield app
    dispose(app)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    app = make_app(tmp_path_factory.mktemp("demo"), DEMO=True)
    yield app
    dispose(app)


@pytest.fixture
def catcher() -> Iterator[MailCatcher]:
    catcher = MailCatcher()
    catcher.start()
    yield catcher
    catcher.stop()


def token(client: FlaskClient, path: str) -> str:
    """The CSRF token of a page."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(path).text)
    assert found, f"{path} has no form with a token"
    return found[1]


def sign_in(app: Flask, email: str, password: str = PASSWORD, **more: str) -> tuple[FlaskClient, Any]:
    """A browser in which ``email`` has filled in the login form, and the answer to it."""
    client = app.test_client()
    data = {"csrf_token": token(client, "/login"), "email": email, "password": password} | more
    return client, client.post("/login", data=data)


def test_demo_logins_are_offered_in_the_demo_only(shop: Flask, demo: Flask) -> None:
    assert "jerome" not in shop.test_client().get("/login").text.lower()
    assert "/login/as/" not in shop.test_client().get("/login").text
    page = demo.test_client().get("/login").text
    assert [person.name for person in PEOPLE if person.active and person.name not in page] == []
    assert "Nadia Petrov" not in page


def test_one_click_sign_in_exists_in_the_demo_only(shop: Flask, demo: Flask) -> None:
    for app, status in ((shop, 404), (demo, 302)):
        client = app.test_client()
        assert client.post("/login/as/9", data={"csrf_token": token(client, "/login")}).status_code == status


def test_one_click_sign_in_asks_for_a_token(demo: Flask) -> None:
    assert demo.test_client().post("/login/as/9").status_code == 400


def test_right_password_leads_to_the_dashboard(shop: Flask) -> None:
    client, answer = sign_in(shop, JEROME)
    assert (answer.status_code, answer.location) == (302, "/")
    page = client.get("/").text
    assert "Northwind Outfitters" in page
    assert "theme update" in page
    assert "Contoso" not in page


def test_wrong_password_is_said_beside_the_field(shop: Flask) -> None:
    client, answer = sign_in(shop, JEROME, "guess")
    assert answer.status_code == 422
    assert "do not belong together" in answer.text
    assert client.get("/").status_code == 302


def test_a_person_switched_off_gets_in_neither_newly_nor_still(shop: Flask) -> None:
    assert sign_in(shop, "nadia@contoso.example")[1].status_code == 422
    client, _ = sign_in(shop, "rafael@contoso.example")
    assert client.get("/").status_code == 200
    try:
        set_active(shop, "rafael@contoso.example", active=False)
        assert client.get("/").status_code == 302
    finally:
        set_active(shop, "rafael@contoso.example", active=True)


def set_active(app: Flask, email: str, *, active: bool) -> None:
    with app.app_context():
        db.session.scalars(select(User).where(User.email == email)).one().active = active
        db.session.commit()


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example",
        "/\n/evil.example", "evil", "", "javascript:alert(1)",
    ],
)  # fmt: skip
def test_after_the_login_nobody_is_led_elsewhere(shop: Flask, target: str) -> None:
    assert local_path(target) is None
    assert sign_in(shop, JEROME, next=target)[1].location == "/"


def test_after_the_login_one_is_back_where_one_wanted_to_go(shop: Flask) -> None:
    client = shop.test_client()
    login = client.get("/sites/1?tab=theme")
    assert login.status_code == 302
    page = client.get(login.location).text
    wanted = re.search(r'name="next" value="([^"]+)"', page)
    assert wanted
    assert sign_in(shop, JEROME, next=wanted[1])[1].location == "/sites/1?tab=theme"


def test_only_the_first_sign_in_of_a_day_is_an_activity(shop: Flask) -> None:
    for _ in range(3):
        sign_in(shop, "claire@contoso.example")
    with shop.app_context():
        words = (
            select(Activity).join(User).where(User.email == "claire@contoso.example", Activity.action == "signed in")
        )
        assert len(db.session.scalars(words).all()) == 1


def test_signing_out_takes_a_click(shop: Flask) -> None:
    client, _ = sign_in(shop, JEROME)
    assert client.get("/logout").status_code == 200
    assert client.get("/").status_code == 200
    client.post("/logout", data={"csrf_token": token(client, "/logout")})
    assert client.get("/").status_code == 302


def test_working_on_a_site_leaves_an_activity(shop: Flask) -> None:
    with shop.app_context():
        site = db.session.scalars(select(Site).where(Site.domain == "bags.example")).one()
        site_id, version = site.id, site.theme_version
    client, _ = sign_in(shop, JEROME)
    data = {"csrf_token": token(client, f"/sites/{site_id}")}
    assert client.post(f"/sites/{site_id}/theme").status_code == 400
    assert client.post(f"/sites/{site_id}/theme", data=data).location == f"/sites/{site_id}"
    with shop.app_context():
        newest = db.session.scalars(select(Activity).order_by(Activity.id.desc())).first()
        assert newest
        assert (newest.action, newest.site_id, newest.user.email) == ("theme update", site_id, JEROME)
        assert abs((datetime.now(UTC) - newest.at).total_seconds()) < 60
        assert db.session.get_one(Site, site_id).theme_version == version + 1
    assert "Done: theme update on bags.example." in client.get(f"/sites/{site_id}").text


def test_sites_of_other_accounts_do_not_exist(shop: Flask) -> None:
    client, _ = sign_in(shop, JEROME)
    with shop.app_context():
        foreign = db.session.scalars(select(Site.id).where(Site.domain == "coffee.example")).one()
    assert client.get(f"/sites/{foreign}").status_code == 404
    data = {"csrf_token": token(client, "/")}
    assert client.post(f"/sites/{foreign}/theme", data=data).status_code == 404
    assert client.post("/sites/1/explode", data=data).status_code == 404


def test_support_is_offered_to_those_with_access(shop: Flask) -> None:
    jerome, _ = sign_in(shop, JEROME)
    priya, _ = sign_in(shop, PRIYA)
    assert "/support/open?site=1" in jerome.get("/sites/1").text
    assert "/support" not in priya.get("/sites/3").text


@with_stock_forms
def test_admin_is_for_staff(shop: Flask) -> None:
    stranger = shop.test_client().get("/admin/user/?page=2")
    assert stranger.location == "/login?next=/admin/user/?page%3D2"
    operator, _ = sign_in(shop, JEROME)
    lead, answer = sign_in(shop, GRACE)
    assert answer.location == "/admin/"
    for path in ("/admin/", "/admin/user/", "/admin/site/", "/admin/account/"):
        assert operator.get(path).status_code == 403
        assert lead.get(path).status_code == 200
    assert "scrypt" not in lead.get("/admin/user/edit/?id=9").text


@with_stock_forms
def test_who_may_use_support_is_changed_by_leads_and_read_by_other_staff(shop: Flask) -> None:
    lead, _ = sign_in(shop, GRACE)
    agent, _ = sign_in(shop, "ada@canvas.example")
    assert agent.get("/admin/user/").status_code == 200
    assert "/admin/user/edit/" not in agent.get("/admin/user/").text
    assert "/admin/user/edit/" in lead.get("/admin/user/").text
    changed = {"name": "Ada Lovelace", "is_owner": "y", "csrf_token": token(lead, "/admin/user/edit/?id=9")}
    assert agent.get("/admin/user/edit/?id=9").status_code == 302
    assert agent.post("/admin/user/edit/?id=9", data=changed).status_code in {302, 400}
    with shop.app_context():
        assert db.session.get_one(User, 9).name != "Ada Lovelace"


@with_stock_forms
def test_admin_saves_with_its_token_only(shop: Flask) -> None:
    lead, _ = sign_in(shop, GRACE)
    form = {"domain": "bags.example", "theme": "Atelier", "account": "1"}
    assert lead.post("/admin/site/edit/?id=2", data=form).status_code == 400
    answer = lead.post("/admin/site/edit/?id=2", data=form | {"csrf_token": token(lead, "/admin/site/edit/?id=2")})
    assert answer.status_code == 302


@pytest.mark.parametrize("path", ["/", "/sites/", "/sites/1", "/billing/", "/login", "/logout", "/nowhere"])
def test_pages_carry_no_inline_script_or_style(demo: Flask, path: str) -> None:
    client = demo.test_client() if path == "/login" else sign_in(demo, JEROME)[0]
    answer = client.get(path)
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", answer.text)
    assert answer.text.count("<h1") == 1
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


def test_seeding_again_adds_nothing(shop: Flask) -> None:
    with shop.app_context():
        assert list(seed()) == []


def mail_to(recipient: str, *, sender: str = "support@canvas.example") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, recipient, "Größe of the tote"
    mail.set_content("Two ways out.\n")
    mail.add_alternative(
        '<p>Two <b>ways</b> out: <a href="http://127.0.0.1/t/1">That <b>solved</b> it</a>'
        '<a href="javascript:alert(1)">no</a></p><script>alert(1)</script>',
        subtype="html",
    )
    mail.add_attachment(b"x" * 2048, maintype="image", subtype="png", filename="checkout.png")
    return mail


def send(catcher: MailCatcher, mail: EmailMessage) -> None:
    with smtplib.SMTP("127.0.0.1", catcher.port or 0, timeout=10) as connection:
        connection.send_message(mail)


def test_mail_over_smtp_is_kept_and_shown(catcher: MailCatcher, tmp_path: Path) -> None:
    send(catcher, mail_to(JEROME))
    app = make_app(tmp_path, DEMO=True, MAIL_CATCHER=catcher)
    client = app.test_client()
    assert "Größe of the tote" in client.get("/demo/mail/").text
    assert "Größe of the tote" in client.get(f"/demo/mail/?to={JEROME}").text
    assert "Größe of the tote" not in client.get("/demo/mail/?to=lena@northwind.example").text
    page = client.get("/demo/mail/1").text
    assert "Two ways out." in page
    assert '<a href="http://127.0.0.1/t/1" rel="noreferrer">That solved it</a>' in page
    assert "checkout.png" in page
    assert "alert(1)" not in page
    assert "Subject:" in client.get("/demo/mail/1/raw").text
    html = client.get("/demo/mail/1/html")
    assert html.headers["Content-Security-Policy"] == "sandbox; default-src 'none'; style-src 'unsafe-inline'"
    assert client.get("/demo/mail/2").status_code == 404
    client.post("/demo/mail/clear", data={"csrf_token": token(client, "/demo/mail/")})
    assert catcher.mails() == []
    dispose(app)


def test_mail_to_nobody_is_refused_with_550(catcher: MailCatcher, tmp_path: Path) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        send(catcher, mail_to("jo@nobody.example"))
    assert refused.value.recipients == {"jo@nobody.example": (550, b"5.1.1 no such user")}
    assert catcher.mails() == []
    app = make_app(tmp_path, DEMO=True, MAIL_CATCHER=catcher)
    assert "550 5.1.1 no such user" in app.test_client().get("/demo/mail/").text
    dispose(app)


def test_mail_from_a_wrong_address_is_refused_with_553(catcher: MailCatcher) -> None:
    with pytest.raises(smtplib.SMTPSenderRefused) as refused:
        send(catcher, mail_to(JEROME, sender="desk@wrong.example"))
    assert refused.value.smtp_code == 553


def test_the_from_header_counts_as_well_as_the_envelope(catcher: MailCatcher) -> None:
    mail = mail_to(JEROME, sender="Desk <desk@wrong.example>")
    with (
        smtplib.SMTP("127.0.0.1", catcher.port or 0, timeout=10) as connection,
        pytest.raises(smtplib.SMTPDataError) as refused,
    ):
        connection.send_message(mail, from_addr="bounce@canvas.example")
    assert refused.value.smtp_code == 553


def test_the_last_mails_only_are_kept(catcher: MailCatcher) -> None:
    with smtplib.SMTP("127.0.0.1", catcher.port or 0, timeout=10) as connection:
        for _ in range(KEPT + 3):
            connection.sendmail("a@canvas.example", ["b@tote.example"], "Subject: x\r\n\r\ny")
    mails: list[CaughtMail] = catcher.mails()
    assert (len(mails), mails[0].number, mails[-1].number) == (KEPT, KEPT + 3, 4)


def test_mail_pages_exist_in_the_demo_only(shop: Flask) -> None:
    assert shop.test_client().get("/demo/mail/").status_code == 404


def planned(count: int = 200) -> list[PlannedTicket]:
    tickets: list[PlannedTicket] = []
    assert seed_tickets(tickets.append, count=count, now=NOW) == count
    return tickets


NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def test_planned_tickets_are_the_same_every_time() -> None:
    assert planned() == planned()


def test_planned_tickets_stand_in_every_state() -> None:
    ends = Counter(ticket.ends for ticket in planned())
    assert set(ends) == {
        "new", "forgotten", "noted", "waiting", "answered", "resolved", "reopened", "filtered", "old-open", "confirmed",
        "silent", "closed-reopened",
    }  # fmt: skip
    assert len({ticket.story for ticket in planned()}) >= 40


def test_planned_tickets_hang_together() -> None:
    operators = {p.email: p.account for p in PEOPLE if p.active and (p.is_owner or p.support_access)}
    domains = {shop.domain: shop.account for shop in SHOPS}
    for ticket in planned():
        times = [ticket.opened_at, *(step.at for step in ticket.steps)]
        assert times == sorted(times), ticket.story
        assert times[-1] <= NOW, ticket.story
        assert (NOW - ticket.opened_at).days < 90
        assert operators[ticket.requester] == ticket.account
        assert {domains[domain] for domain in ticket.sites} == {ticket.account}
        assert "{" not in ticket.subject + ticket.body + "".join(step.body for step in ticket.steps)


def test_a_ticket_closes_only_where_the_lifecycle_lets_it() -> None:
    for ticket in planned():
        steps = [step for step in ticket.steps if not step.action.startswith("rate-")]
        actions = [step.action for step in steps]
        for before, (step, later) in zip(actions, pairwise(steps), strict=False):
            if later.action in {"confirm", "reopen"}:
                assert before == "resolve", (ticket.story, actions)
            if later.action == "close":
                assert (later.at - step.at).total_seconds() >= 48 * 3600
        if ticket.ends in {"silent", "confirmed", "closed-reopened"}:
            assert actions[-1] in {"close", "confirm"}, (ticket.story, actions)


def test_every_story_can_be_filed() -> None:
    assert {story.category for story in STORIES} == set(CATEGORIES)
    assert len({story.key for story in STORIES}) == len(STORIES) >= 40


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The demo with its desk, filled as on its first start; its mails have gone through the catcher."""
    catcher = MailCatcher()
    port = catcher.start()
    app = make_app(
        tmp_path_factory.mktemp("desk"),
        DEMO=True,
        MAIL_CATCHER=catcher,
        MAIL_SERVER=catcher.host,
        MAIL_PORT=port,
        MAIL_SUPPRESS_SEND=False,
    )
    with app.app_context():
        list(seed_desk(count=90, mail=True))
    assert what_does_not_hold(app) == []
    yield app
    dispose(app)
    catcher.stop()


@pytest.fixture
def tickets(desk: Flask) -> Iterator[list[Ticket]]:
    with desk.app_context():
        yield list(db.session.scalars(select(Ticket).order_by(Ticket.pk)))


def test_the_desk_has_tickets_in_every_state(tickets: list[Ticket]) -> None:
    wanted = {
        "new": lambda t: t.status == "open" and t.assignee_pk is None and t.first_reply_at is None,
        "waiting for a day": lambda t: (
            t.status == "open" and not t.addressed and (datetime.now(UTC) - t.created_at).days >= 1
        ),
        "answered": lambda t: t.status == "open" and t.addressed,
        "asked again": lambda t: t.status == "open" and t.first_reply_at and not t.addressed,
        "reopened": lambda t: t.status == "open" and t.reopen_count,
        "resolved, the clock runs": lambda t: t.status == "resolved" and t.auto_close_at > datetime.now(UTC),
        "resolved, the clock is held": lambda t: t.status == "resolved" and t.hold_reason,
        "closed by the customer": lambda t: t.close_reason == "customer_confirmed",
        "closed by the clock": lambda t: t.close_reason == "no_reply",
        "filtered": lambda t: t.filtered_reason is not None,
        "continued": lambda t: t.follow_up_of_pk is not None,
        "on behalf": lambda t: t.channel == "inbox",
        "200 characters": lambda t: len(t.subject) == 200,
        "right to left": lambda t: re.match("[\u0600-\u06ff]", t.subject),
    }
    assert [name for name, fits in wanted.items() if not any(fits(ticket) for ticket in tickets)] == []
    assert {ticket.priority for ticket in tickets} == {"low", "normal", "high", "urgent"}
    assert len({ticket.category_pk for ticket in tickets} - {None}) == len(CATEGORIES)


def test_the_desk_has_ratings_of_every_kind(tickets: list[Ticket]) -> None:
    status = {ticket.pk: ticket.status for ticket in tickets}
    given = list(db.session.scalars(select(Rating)))
    assert {(one.score, bool(one.comment)) for one in given} == {
        (score, words) for score in ("good", "bad") for words in (True, False)
    }
    assert {status[one.ticket_pk] for one in given} == {"open", "resolved", "closed"}
    assert len(given) < len(tickets) / 2


def test_tickets_of_the_desk_are_spread_over_90_days_in_the_order_of_their_numbers(tickets: list[Ticket]) -> None:
    opened = [ticket.created_at for ticket in tickets]
    assert opened == sorted(opened)
    assert (opened[-1] - opened[0]).days >= 75
    assert (datetime.now(UTC) - opened[-1]).total_seconds() < 12 * 3600


def test_what_the_routing_of_the_demo_puts_aside(tickets: list[Ticket]) -> None:
    reasons = {story.filtered for story in STORIES} - {None}
    assert {ticket.filtered_reason for ticket in tickets if ticket.filtered_reason} - {
        "advertising, third time this week"
    } <= reasons
    assert {ticket.priority for ticket in tickets if ticket.plan == "Enterprise"} <= {"high", "urgent", "low"}


def test_mails_of_the_demo_went_out_or_say_why_not(desk: Flask) -> None:
    with desk.app_context():
        states = Counter(db.session.scalars(select(Delivery.state).where(Delivery.channel == "email")))
        lost = db.session.scalars(select(Delivery.error).where(Delivery.state == "failed")).all()
        retried = db.session.scalars(select(Delivery.attempts).where(Delivery.state == "sent", Delivery.attempts > 1))
        assert set(states) == {"sent", "failed", "cancelled"}
        assert set(lost) == {"550 5.1.1 no such user"}
        assert retried.first() is not None
    catcher: MailCatcher = desk.extensions["mail_catcher"]
    assert len(catcher.mails()) > 20
    assert {refusal.answer[:3] for refusal in catcher.refusals()} == {"550", "553"}


def test_the_desk_has_long_threads_files_and_tags(desk: Flask) -> None:
    with desk.app_context():
        longest = select(func.count()).select_from(Message).group_by(Message.ticket_pk).order_by(func.count().desc())
        assert (db.session.scalars(longest).first() or 0) >= 80
        names = set(db.session.scalars(select(Attachment.name)))
        assert {name.rpartition(".")[2] for name in names} == {"png", "txt", "csv"}
        assert db.session.scalar(select(func.count()).select_from(TicketTag))


def test_agents_of_the_demo_have_different_rights(desk: Flask) -> None:
    with desk.app_context():
        team = {agent.email: agent for agent in db.session.scalars(select(Agent))}
        assert set(team) == set(AGENTS)
        assert [email for email, agent in team.items() if not agent.can_assign] == ["elin@canvas.example"]
        assert [email for email, agent in team.items() if agent.is_lead] == [GRACE]
        assert set(db.session.scalars(select(Queue.name))) == {"Support", "Billing"}


def test_the_context_comes_from_the_tables_of_the_product(desk: Flask) -> None:
    with desk.app_context():
        wanted = select(Ticket, ContextSnapshot.body).join(ContextSnapshot, ContextSnapshot.ticket_pk == Ticket.pk)
        rows = db.session.execute(wanted.order_by(Ticket.pk)).all()
        assert {ticket.plan for ticket, _ in rows if ticket.account_name == UPGRADED} == {"Growth", "Enterprise"}
        own = {str(user.id): user for user in db.session.scalars(select(User))}
        acted = 0
        for ticket, body in rows:
            snapshot = decode(body)
            assert snapshot.unavailable == {}
            assert {site.name for site in snapshot.sites} <= {
                s.domain for s in SHOPS if s.account == ticket.account_name
            }
            assert snapshot.operator is not None
            assert snapshot.operator.role == own[ticket.requester_id].role
            assert all(entry.at <= ticket.created_at for entry in snapshot.activity)
            acted += bool(snapshot.activity)
        assert acted > len(rows) * 0.8


def test_filling_the_desk_again_adds_nothing(desk: Flask) -> None:
    with desk.app_context():
        assert list(seed_desk(count=90)) == []


@pytest.mark.parametrize(
    "path", ["/support/", "/support/open", "/support/what-support-sees", "/support/notifications", "/admin/support/"]
)
def test_strangers_are_led_to_the_login(desk: Flask, path: str) -> None:
    answer = desk.test_client().get(path)
    assert answer.status_code == 302
    assert answer.location.startswith("/login?next=")
    assert path in answer.location.replace("%2F", "/")


@with_stock_forms
def test_panel_and_inbox_stand_in_the_layouts_of_the_product(desk: Flask) -> None:
    panel = sign_in(desk, JEROME)[0].get("/support/")
    assert (panel.status_code, panel.text.count("<h1")) == (200, 1)
    assert 'class="brand"' in panel.text
    assert "Northwind" in panel.text
    inbox = sign_in(desk, GRACE)[0].get("/admin/support/")
    assert (inbox.status_code, inbox.text.count("<h1")) == (200, 1)
    assert "Sign out" in inbox.text
    assert sign_in(desk, PRIYA)[0].get("/support/").status_code == 403
    assert sign_in(desk, JEROME)[0].get("/admin/support/").status_code == 403


def test_unread_replies_are_counted_in_the_navigation(desk: Flask) -> None:
    for email, path in ((JEROME, "/support/"), (GRACE, "/admin/support/")):
        page = sign_in(desk, email)[0].get("/demo/mail/").text
        found = re.search(
            rf'<a class="host-link" href="{path}">Support\s*<span class="badge" data-sg-badge[^>]*>(\d+)<', page
        )
        assert found, email
        assert int(found[1]) > 0
    assert "host-link" not in sign_in(desk, PRIYA)[0].get("/").text


#: Runs a command of Flask where the mail server library of the demo cannot be imported.
COMMAND = "import sys; sys.modules['aiosmtpd'] = None; from flask.cli import main; main()"


def test_each_write_of_a_tour_has_a_transaction_of_its_own(desk: Flask) -> None:
    """Unread news makes each of these pages write a read mark; a page that reads first must not spoil it."""
    host = desk.extensions["sgsupport"]
    before, toured = host.joined_writes, 0
    for who, home in ((JEROME, "/support/"), (GRACE, "/admin/support/")):
        client, _ = sign_in(desk, who)
        pages = [home, f"{home}notifications{'/' if who == GRACE else ''}", f"{home}open"]
        if who == GRACE:
            pages += [f"{home}{page}/" for page in ("queues", "categories", "agents", "mail", "health")]
        else:
            pages.append(f"{home}what-support-sees")
        pages += sorted(set(re.findall(rf'href="({home}tickets/[^"/?#]+)', client.get(home).text)))
        for page in pages:
            assert client.get(page).status_code == 200, page
            toured += 1
        client.post(f"{home}notifications/read", data={"csrf_token": token(client, pages[-1])})
    assert toured > 40
    assert host.joined_writes == before


@pytest.mark.parametrize(("name", "port"), [("PORT", "abc"), ("PORT", "70000"), ("EXAMPLE_MAIL_PORT", "-1")])
def test_a_port_that_is_none_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch, name: str, port: str) -> None:
    monkeypatch.setenv(name, port)
    with pytest.raises(SystemExit, match=f"{name} must be a port, a number up to 65535, not '{port}'"):
        main()


def test_commands_need_the_hard_dependencies_only(tmp_path: Path) -> None:
    environment = os.environ | {
        "EXAMPLE_DATABASE_URL": f"sqlite:///{tmp_path}/shop.db",
        "EXAMPLE_SECRET_KEY": "test",
        "PYTHONPATH": str(Path(__file__).resolve().parent.parent),
        "PYTHONWARNINGS": "default",
    }

    def run(*words: str) -> str:
        command = [sys.executable, "-c", COMMAND, "--app", "example_app", *words]
        done = subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    assert "health" in run("support", "--help")
    assert "3 accounts" in run("seed", "--without-desk")
    assert "Grace Hopper is a support lead now." in run("support", "init", "--lead", GRACE)
    opened = run("support", "open", "--help")
    assert "--subject" in opened
