"""``flask support …``: set up, upgrade, work, look after the outbox, check the install, open a ticket.

Whoever can run a command on the server holds every right here. A refusal is one sentence on stderr: exit code 2 where
what was typed is wrong, else 1.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup, ScriptInfo
from sqlalchemy.exc import DBAPIError

from . import migrations
from .actors import Actor, Person, Right, Side, Via
from .errors import InvalidInput, NotFound, NotReady, SupportError, Vetoed
from .hooks import Directory
from .queries.audit import all_gaps
from .queries.health import character_problem, checks, worst
from .queries.outbox import LOST, WAITING, OutboxRow, outbox
from .queries.starting import Check, faults, faults_of_worker
from .services import clock, delivering, opening, parking, setup
from .services.failing import is_missing, is_ours, translate
from .services.standing import name_of
from .settings import state
from .snapshot import read_ref
from .storage import LocalStorage
from .worker import loop

MAX_RETRIED = 10_000


class _Command(click.Command):
    """A command whose refusals are sentences."""

    logs = "brief"

    def check(self) -> None:
        """Say what keeps the desk from working, and go on: its tables can be made all the same."""
        self.say(faults())

    def say(self, sentences: list[str]) -> None:
        """On stderr, a line each."""
        for sentence in sentences:
            click.echo(sentence, err=True)

    def invoke(self, ctx: click.Context) -> Any:
        with _brief_logs() if self.logs == "brief" else nullcontext():
            try:
                ctx.with_resource(ctx.ensure_object(ScriptInfo).load_app().app_context())
                self.check()
                return super().invoke(ctx)
            except SupportError as error:
                click.echo(error.sentence, err=True)
                ctx.exit(2 if isinstance(error, InvalidInput | NotFound) else 1)
            except DBAPIError as error:
                click.echo(_refused(error), err=True)
                ctx.exit(2 if isinstance(error.orig, UnicodeEncodeError) else 1)


def _refused(error: DBAPIError) -> str:
    if is_missing(error) and is_ours(error):
        return translate(error).sentence
    if isinstance(error.orig, UnicodeEncodeError):
        return "What was typed holds bytes that are no text; type it anew."
    said = str(error.orig).strip().splitlines()
    refused = f"The database refused: {said[0] if said else type(error.orig).__name__}"
    if is_missing(error):
        # No command of ours mends a table of the host.
        return f"{refused}. That is a table of the app itself: make the app's own tables first, then run this again."
    return refused


class _Service(_Command):
    """A command that runs for days: its log keeps the tracebacks, and it does not begin where no mail can be made."""

    logs = "whole"

    def check(self) -> None:
        """Say what mail and the clock meet; the rest is the business of those who show pages."""
        self.say(faults_of_worker())


class _Diagnosis(_Command):
    """A command whose answer is what keeps the desk from working."""

    def check(self) -> None:
        """Nothing is said beforehand."""


class _Commands(AppGroup):
    command_class = _Command


class _Brief(logging.Formatter):
    def formatException(self, ei: Any) -> str:
        return ""


@contextmanager
def _brief_logs() -> Iterator[None]:
    """Where the host has set up no logging, Python would print our log with its tracebacks."""
    log = logging.getLogger("flask_sgsupport")
    if log.hasHandlers():
        yield
        return
    handler = logging.StreamHandler()
    handler.setFormatter(_Brief("%(message)s"))
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)


support_commands = _Commands("support", help="The support desk: set up, upgrade, work, check.")


def _operator() -> Actor:
    return Actor(side=Side.AGENT, via=Via.CLI, label="cli", public_name="Support", rights=frozenset(Right))


@support_commands.command("init")
@click.option("--lead", metavar="E-MAIL", help="Address of the first support lead, as the app knows it.")
@click.option("--lead-id", metavar="ID", help="Their id, where two people share the address.")
def init(lead: str | None, lead_id: str | None) -> None:
    """Make the tables, the first queue and the first support lead."""
    for line in setup.initialise(_person(lead, lead_id, "--lead")).lines:
        click.echo(line)
    if problem := character_problem():
        click.echo(problem, err=True)


def _person(email: str | None, person_id: str | None, option: str) -> Person:
    directory: Directory = state().hooks.directory
    if person_id:
        with _named(directory.person):
            person = directory.person(person_id)
        if person is None:
            raise NotFound(f"The app knows nobody with the id {person_id}.")
        return person
    if not email:
        raise InvalidInput({option: f"Say who: {option} E-MAIL or {option}-id ID."})
    with _named(directory.by_email):
        people = list(directory.by_email(email))
    if not people:
        raise NotFound(f"The app knows nobody with the address {email}.")
    if len(people) > 1:
        known = ", ".join(f"{one.id} ({one.display_name})" for one in people)
        raise InvalidInput({option: f"Several people have the address {email}: {known}. Say which: {option}-id ID."})
    return people[0]


@contextmanager
def _named(question: Callable[..., object]) -> Iterator[None]:
    """A failure of the directory as a sentence, for somebody who may read what it was."""
    try:
        yield
    except (SupportError, DBAPIError):
        raise
    except Exception as error:
        raise Vetoed(f"The app's directory fails: {name_of(question)} – {type(error).__name__}: {error}") from error


@support_commands.group("db", cls=_Commands)
def database() -> None:
    """Bring the tables up to date, or back."""


@database.command("upgrade")
def upgrade() -> None:
    """Make the tables or bring them up to date; every row is kept."""
    click.echo(migrations.upgrade().sentence)


@database.command("downgrade")
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Go back to an older REVISION, for an older release of the package."""
    click.echo(migrations.downgrade(revision).sentence)


@database.command("current")
def current() -> None:
    """Show the revision the tables are at."""
    click.echo(migrations.current() or "none")


@database.command("check")
def check() -> None:
    """Tell whether the tables are up to date; exit code 1 where they are not."""
    now = migrations.status()
    click.echo(now.sentence)
    if now.state != "current":
        sys.exit(1)


@support_commands.command("worker", cls=_Service)
@click.option("--once", is_flag=True, help="Do what is due now, then end.")
def worker(*, once: bool) -> None:
    """Send mails and let the clock run, until stopped."""
    if not once:
        click.echo("The worker runs; stop it with Ctrl-C.")
    elif (now := migrations.status()).state in {"missing", "behind"}:
        raise NotReady(now.sentence)
    if not loop.run(current_app._get_current_object(), once=once) and once:  # type: ignore[attr-defined]
        sys.exit(1)


@support_commands.command("tick")
def tick() -> None:
    """Let the clock run once: close what is due."""
    report = clock.tick()
    click.echo(f"{report}.")
    if report.failed:
        sys.exit(1)


@support_commands.group("outbox", cls=_Commands)
def outbox_commands() -> None:
    """Look after the mails that wait or were not delivered."""


@outbox_commands.command("list")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, MAX_RETRIED))
def list_outbox(limit: int) -> None:
    """List the mails that wait or were not delivered, oldest first."""
    rows = outbox(limit=limit)
    for row in rows:
        tried = f"tried {row.attempts} times" if row.attempts != 1 else "tried once"
        line = f"{row.key}  {row.state:<8} {row.ticket_id}  {row.notice} to {row.address}, {tried}"
        click.echo(line + (f": {row.error}" if row.error else ""))
    if not rows:
        click.echo("No mail waits and none failed.")


@outbox_commands.command("retry")
@click.argument("keys", nargs=-1)
@click.option("--failed", is_flag=True, help="Every mail that was not delivered.")
def retry(keys: tuple[str, ...], *, failed: bool) -> None:
    """Send mails again, now; KEYS are as listed."""
    _for_each(
        _chosen(keys, (*WAITING, *LOST), LOST if failed else None),
        delivering.send_again,
        lambda row: f"{row.key} goes out again to {row.address}.",
    )


@outbox_commands.command("park")
@click.argument("keys", nargs=-1)
@click.option("--waiting", is_flag=True, help="Every mail that waits.")
def park(keys: tuple[str, ...], *, waiting: bool) -> None:
    """Give waiting mails up; each can be sent again. KEYS are as listed."""
    _for_each(
        _chosen(keys, (*WAITING, *LOST), ("queued",) if waiting else None),
        parking.park,
        lambda row: f"{row.key} to {row.address} is given up.",
    )


def _for_each(
    rows: list[OutboxRow], act: Callable[[str, Actor, str], object], said: Callable[[OutboxRow], str]
) -> None:
    """Do it to each mail; one that is refused keeps no other from it."""
    refused = False
    for row in rows:
        try:
            act(row.ticket_id, _operator(), row.key)
        except SupportError as error:
            refused = True
            click.echo(f"{row.key}: {error.sentence}", err=True)
        else:
            click.echo(said(row))
    if refused:
        sys.exit(1)


def _chosen(keys: tuple[str, ...], states: tuple[str, ...], every: tuple[str, ...] | None) -> list[OutboxRow]:
    if every is not None:
        return outbox(every, limit=MAX_RETRIED)
    if not keys:
        raise InvalidInput({"keys": "Name the mails by their keys; flask support outbox list shows them."})
    chosen = []
    for key in keys:
        found = outbox(states, key=key, limit=2)
        if len(found) != 1:
            raise NotFound(f"{'No mail has' if not found else 'Several mails have'} a key that begins with {key}.")
        chosen += found
    return chosen


@support_commands.command("health", cls=_Diagnosis)
@click.option("--whole-history", is_flag=True, help="Read the whole audit log, not its newest entries only.")
def health(*, whole_history: bool) -> None:
    """Check the install, a sentence for each part; exit code 1 where something is bad."""
    found = checks()
    if whole_history:
        found += [Check("history", "bad", gap) for gap in all_gaps()]
    for one in found:
        click.echo(f"{one.state:<4}  {one.name}: {one.sentence}")
    if worst(found) == "bad":
        sys.exit(1)


@support_commands.command("open")
@click.option("--account", metavar="ID", help="The account's id; not needed where the requester has only one.")
@click.option("--requester", metavar="E-MAIL", help="On whose behalf.")
@click.option("--requester-id", metavar="ID", help="Their id, where two people share the address.")
@click.option("--subject", required=True)
@click.option("--body", required=True, help="Markdown; - reads it from standard input.")
@click.option("--category", metavar="KEY")
@click.option("--site", "sites", metavar="ID", multiple=True, help="A site it is about; may be repeated.")
@click.option("--about", metavar="KIND:ID", multiple=True, help="Something of the app it is about; may be repeated.")
def open_ticket(
    account: str | None,
    requester: str | None,
    requester_id: str | None,
    subject: str,
    body: str,
    category: str | None,
    sites: tuple[str, ...],
    about: tuple[str, ...],
) -> None:
    """Open a ticket on somebody's behalf and print its number."""
    person = _person(requester, requester_id, "--requester")
    opened = opening.open_ticket(
        _operator(),
        subject=subject,
        body=sys.stdin.read() if body == "-" else body,
        account_id=account or _only_account(person),
        requester=person,
        category=category,
        site_ids=sites,
        subjects=[read_ref(one) for one in about],
    )
    click.echo(opened.ticket_id)


def _only_account(person: Person) -> str | None:
    accounts = [membership.account_id for membership in person.accounts if membership.may_use_support]
    if not accounts:
        raise InvalidInput({"--requester": f"{person.display_name} has access to support in no account."})
    if len(accounts) > 1:
        listed = ", ".join(accounts)
        raise InvalidInput(
            {"--account": f"Say which account {person.display_name} asks for: {listed}. Write --account ID."}
        )
    return accounts[0]


@support_commands.command("uninstall")
@click.option("--yes", is_flag=True, help="Really remove every ticket.")
def uninstall(*, yes: bool) -> None:
    """Remove the tables of the desk with every ticket."""
    if not yes:
        raise InvalidInput({"--yes": "This removes every ticket for good. If you mean it, add --yes."})
    removed = migrations.uninstall()
    click.echo(f"{len(removed)} tables were removed." if removed else "There was nothing to remove.")
    storage = state().storage
    if isinstance(storage, LocalStorage) and storage.folder.exists():
        click.echo(f"Attached files are left in {storage.folder}.")
