"""Whether an install works: each check in one sentence, for the health page and ``flask support health``."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from sqlalchemy import or_, select, text
from sqlalchemy.exc import SQLAlchemyError

from ..business_hours import is_known, schedule_of
from ..directory import UserDirectory
from ..errors import ConfigurationError
from ..hooks import HOOK_FAILURES, number_of_arguments, takes
from ..i18n import gettext as _
from ..i18n import ngettext, worded
from ..migrations import status
from ..models import Agent, AgentCoverage, ButtonPress, ContextSnapshot, Queue, Ticket
from ..models.guards import guarded
from ..routing import NOT_USED, reason_sentence
from ..settings import State, state
from ..signals import SIGNALS
from ..snapshot import decode
from ..storage import LocalStorage
from . import health_of_mail as mail
from . import starting
from .addresses import taken_twice
from .audit import recent_gaps
from .files import left_over, missing_files
from .search import search_complaints
from .starting import LEVELS, MAX_COUNT, MAX_NAMES, Check, Level, listed

log = logging.getLogger("flask_sgsupport.health")

MAX_ASKED = 200
"""Agents of whom the directory is asked."""
MAX_WHY = 200
"""Characters of what code of the app raised."""
BUTTONS_LOOKED_AT = 50
"""Of the newest presses of buttons."""
FILES_OPENED = 50
"""How many of the newest attachments are opened to see whether they are there."""
FILES_LOOKED_AT = 500
"""How many of the files in the storage are looked at to see whether a row names them."""


def checks() -> list[Check]:
    """Every check, in the order in which to mend things; without tables only the first and those that need none."""
    host = state()
    found = list(_tables(host))
    ready = all(check.state != "bad" for check in found)
    for row in _CHECKS:
        if row.reads_tables and not ready:
            continue
        try:
            found += row.run(host)
        except SQLAlchemyError as error:
            found.append(
                Check(row.name, "bad", _("The database could not be asked: %(why)s", why=type(error).__name__))
            )
        except Exception as error:
            log.exception("A check failed: %s", row.name)
            host.db.session.rollback()
            found.append(Check(row.name, "bad", _("This could not be checked: %(why)s", why=_why(error))))
    return found


def character_problem() -> str:
    """Why the connection to the database does not take every character; empty where it does."""
    host = state()
    if host.db.engines[host.bind_key].dialect.name not in {"mysql", "mariadb"}:
        return ""
    asked = text("SELECT @@character_set_connection")
    taken = host.db.session.scalar(asked, bind_arguments={"mapper": Ticket})
    if taken == "utf8mb4":
        return ""
    return _(
        "The connection to the database takes no emoji: its character set is %(taken)s. Write charset=utf8mb4 into its "
        "address, as in mysql+pymysql://…/app?charset=utf8mb4.",
        taken=taken,
    )


def worst(found: list[Check]) -> Level:
    """How the install stands as a whole."""
    return min((check.state for check in found), key=LEVELS.index, default="ok")


def tables_can_be_read() -> bool:
    """Whether the tables are there as this release reads them, asked in the host's transaction without harm to it."""
    connection = state().db.session().connection(bind_arguments={"mapper": Ticket})
    return status(connection).state not in {"missing", "behind"}


def _tables(host: State) -> Iterator[Check]:
    if host.app.extensions.get("sqlalchemy") is not host.db:
        yield Check("tables", "bad", _("The app's database is not set up; write db.init_app(app)."))
        return
    try:
        now = status()
    except ConfigurationError as error:
        yield Check("tables", "bad", error.sentence)
        return
    except SQLAlchemyError as error:
        yield Check("tables", "bad", _("The database cannot be reached: %(why)s", why=type(error).__name__))
        return
    level: Level = "ok" if now.state == "current" else "warn" if now.state == "unstamped" else "bad"
    yield Check("tables", level, now.sentence)


def _queues(host: State) -> Iterator[Check]:
    queues = host.db.session.execute(
        select(Queue.pk, Queue.name, Queue.is_default, Queue.hours)
        .where(Queue.active.is_(True))
        .order_by(Queue.pk)
        .limit(MAX_COUNT)
    ).all()
    if not queues:
        yield Check("queue", "bad", _("There is no queue. Run: flask support init --lead E-MAIL"))
        return
    yield Check("queue", "ok", ngettext("There is %(num)d queue.", "There are %(num)d queues.", len(queues)))
    yield from _hours({row.name: schedule_of(row.hours).zone for row in queues})
    if any(row.is_default for row in queues):
        yield Check("default queue", "ok", _("A default queue takes what no category leads elsewhere."))
    else:
        yield Check(
            "default queue",
            "warn",
            _("No queue is the default; tickets go to the first. Choose one under Support → Queues."),
        )
    agents = _agents_at_work(host)
    if not agents:
        yield Check("agents", "bad", _("Nobody may handle tickets. Make an agent under Support → Agents."))
        return
    covered = set(
        host.db.session.scalars(
            select(AgentCoverage.value)
            .where(AgentCoverage.kind == "queue", AgentCoverage.agent_pk.in_(agents))
            .distinct()
            .limit(MAX_COUNT)
        )
    )
    bare = [row.name for row in queues if str(row.pk) not in covered]
    if bare:
        yield Check(
            "agents",
            "warn",
            _(
                "No agent covers %(names)s, so nobody is told of its tickets. Choose one under Support → Agents.",
                names=listed(bare),
            ),
        )
    else:
        yield Check("agents", "ok", _("Each queue is covered by an agent."))


def _hours(zones: Mapping[str, str]) -> Iterator[Check]:
    unknown = {name: zone for name, zone in zones.items() if not is_known(zone)}
    if unknown:
        yield Check(
            "business hours",
            "warn",
            _(
                "The time zone of %(names)s is not known here, so UTC is taken. Choose another under Support → "
                "Business hours, or install the zones: pip install tzdata",
                names=listed([f"{name} ({zone})" for name, zone in unknown.items()]),
            ),
        )
    else:
        yield Check("business hours", "ok", _("The time zone of each queue is known."))


def _agents_at_work(host: State) -> list[int]:
    """Agents who may handle tickets, without those whom the directory does not know or calls switched off."""
    able = or_(Agent.can_handle.is_(True), Agent.is_lead.is_(True))
    wanted = select(Agent.pk, Agent.host_id).where(Agent.active.is_(True), able).order_by(Agent.pk).limit(MAX_COUNT)
    found = host.db.session.execute(wanted).all()
    return [pk for at, (pk, host_id) in enumerate(found) if at >= MAX_ASKED or not _is_gone(host, host_id)]


def _is_gone(host: State, host_id: str) -> bool:
    try:
        person = host.hooks.directory.person(host_id) if host.hooks.directory else None
    except Exception:
        # Another check says that the directory fails; nobody is gone for that.
        log.exception("The directory could not be asked for the agent %s", host_id)
        host.db.session.rollback()
        return False
    return person is None or not person.active


def _characters(host: State) -> Iterator[Check]:
    problem = character_problem()
    yield Check("characters", "bad" if problem else "ok", problem or _("The database takes every character."))


def _writes(host: State) -> Iterator[Check]:
    if host.joined_writes:
        yield Check(
            "joined writes",
            "warn",
            ngettext(
                "%(num)d write since the start found the app's transaction pending; commit in before_request.",
                "%(num)d writes since the start found the app's transaction pending; commit in before_request.",
                host.joined_writes,
            ),
        )
    else:
        yield Check("joined writes", "ok", _("Each write had a transaction of its own."))


def _storage(host: State) -> Iterator[Check]:
    if not isinstance(host.storage, LocalStorage):
        yield Check("storage", "ok", _("Files are kept in a storage of the app's own."))
        return
    folder = host.storage.folder
    static = host.app.static_folder
    if static and folder.resolve().is_relative_to(Path(static).resolve()):
        yield Check(
            "storage", "bad", _("Files lie inside the static folder, open to everybody: %(folder)s.", folder=folder)
        )
    elif not _can_write(folder):
        yield Check("storage", "bad", _("Files cannot be written: %(folder)s.", folder=folder))
    else:
        yield Check("storage", "ok", _("Files are kept in %(folder)s.", folder=folder))
    if len(host.storage.marks()) > 1:
        yield Check(
            "storage",
            "warn",
            _(
                "Several desks keep files in %(folder)s, so what no message names is not removed. Give each app its "
                "own SGSUPPORT_STORAGE_FOLDER; of a desk that is gone, delete the file desk-… that names it.",
                folder=folder,
            ),
        )


def _can_write(folder: Path) -> bool:
    """Tried, since what the modes of a folder allow is not all that counts: the disk may be full or no disk at all."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with TemporaryFile(dir=folder) as file:
            file.write(b"x")
    except OSError:
        return False
    return True


def _files(host: State) -> Iterator[Check]:
    missing = missing_files(FILES_OPENED)
    if missing:
        names = listed([f"{name} ({ticket_id})" for ticket_id, name in missing])
        yield Check(
            "files", "bad", _("Files of messages are missing; bring them back from a backup: %(names)s.", names=names)
        )
    else:
        yield Check("files", "ok", _("The newest files of messages are where they belong."))
    if left := left_over(host.now(), FILES_LOOKED_AT):
        yield Check(
            "files",
            "warn",
            _(
                "Files that no message names are more than a day old; the clock removes them, see flask support tick: "
                "%(names)s.",
                names=listed(left),
            ),
        )


def _hooks(host: State) -> Iterator[Check]:
    hooks = host.hooks
    given = [*hooks.context.items(), *(("permission", one) for one in hooks.permission)]
    once = {"route": hooks.route, "targets": hooks.targets, "subjects": hooks.subjects}
    given += [(name, function) for name, function in once.items() if function is not None]
    wrong = [name for name, function in given if not takes(function, number_of_arguments(name))]
    wrong += [row.name for row in SIGNALS for one in row.signal.receivers_for(host.app) if not takes(one, 2)]
    if wrong:
        yield Check(
            "hooks", "bad", _("These hooks cannot be called with what they get: %(names)s.", names=listed(wrong))
        )
    else:
        yield Check("hooks", "ok", _("Every hook can be called with what it gets."))


def _context(host: State) -> Iterator[Check]:
    # Not one that continues another: its context is taken over from there, and no hook is asked where it goes.
    newest = select(Ticket.routing, ContextSnapshot.body)
    newest = newest.outerjoin(ContextSnapshot, ContextSnapshot.ticket_pk == Ticket.pk)
    newest = newest.where(Ticket.follow_up_of_pk.is_(None)).order_by(Ticket.pk.desc()).limit(1)
    routing, body = host.db.session.execute(newest).first() or ("[]", None)
    unavailable = decode(body).unavailable if body else {}
    failed = [f"{hook}: {worded(HOOK_FAILURES, why)}" for hook, why in unavailable.items()]
    failed += [f"route: {reason_sentence(reason)}" for reason in json.loads(routing) if reason["code"] in NOT_USED]
    if failed:
        sentence = _(
            "When the last ticket was opened, hooks failed or said what cannot be used. %(which)s",
            which=listed(failed, "; "),
        )
        yield Check("context", "warn", sentence)
    else:
        yield Check("context", "ok", _("No hook failed when the last ticket was opened."))


def _buttons(host: State) -> Iterator[Check]:
    if not host.hooks.buttons:
        return
    failing = [f"{key}: {worded(HOOK_FAILURES, why)}" for key, why in host.failing_buttons.items()]
    newest = select(ButtonPress.button, ButtonPress.outcome, Ticket.ticket_id).join(
        Ticket, Ticket.pk == ButtonPress.ticket_pk
    )
    rows = host.db.session.execute(newest.order_by(ButtonPress.pk.desc()).limit(BUTTONS_LOOKED_AT)).all()
    last = {row.button: row for row in reversed(rows)}
    failed = [f"{row.button} ({row.ticket_id})" for row in last.values() if row.outcome == "failed"]
    if failing:
        yield Check(
            "buttons",
            "warn",
            _("Buttons of the app did not say whether they can be used. %(which)s", which=listed(failing, "; ")),
        )
    if failed:
        yield Check(
            "buttons", "warn", _("Buttons of the app failed when last pressed: %(which)s.", which=listed(failed))
        )
    if not failing and not failed:
        yield Check("buttons", "ok", _("No button of the app failed when it was last used."))


def _search(host: State) -> Iterator[Check]:
    wrong = search_complaints()
    yield from (Check("search", "warn", sentence) for sentence in wrong)
    if not wrong:
        yield Check("search", "ok", _("Every message is found by its words."))


def _directory(host: State) -> Iterator[Check]:
    """Asked of one agent, as pages and the worker ask it; where there is none of nobody: no id may be an error."""
    host_id = host.db.session.scalar(select(Agent.host_id).order_by(Agent.pk).limit(1))
    if host_id is None:
        return
    try:
        host.hooks.directory.person(host_id)
    except Exception as error:
        log.exception("The directory could not be asked for the agent %s", host_id)
        host.db.session.rollback()
        why = _why(error)
        yield Check("directory", "bad", _("The app's directory fails when it is asked for a person: %(why)s", why=why))
    else:
        yield Check("directory", "ok", _("The directory can be asked for people."))


def _why(error: Exception) -> str:
    """The first line of what code of the app raised, as long as a sentence may hold."""
    return f"{type(error).__name__}: {error}".strip().splitlines()[0][:MAX_WHY]


def _account_names(host: State) -> Iterator[Check]:
    directory = host.hooks.directory
    if isinstance(directory, UserDirectory) and not directory.names_accounts and "account" not in host.hooks.context:
        yield Check(
            "account names",
            "warn",
            _(
                "Nothing names the accounts, so agents read their ids. Write UserDirectory(…, account_name=…), or a "
                "function under @support.account."
            ),
        )
    else:
        yield Check("account names", "ok", _("Accounts are shown by their names."))


def _routes(host: State) -> Iterator[Check]:
    taken = taken_twice(host)
    for (address, endpoint), page in list(taken.items())[:MAX_NAMES]:
        yield Check(
            "routes",
            "bad",
            _(
                "%(rule)s is taken twice, by %(endpoint)s of the app and by Support's %(ours)s; one of them is never "
                "reached. Give one another address: SGSUPPORT_PANEL_URL_PREFIX moves the panel, the url of Flask-Admin "
                "the inbox.",
                rule=address,
                endpoint=endpoint,
                ours=page,
            ),
        )
    if not taken:
        yield Check("routes", "ok", _("No route of the app has the address of one of ours."))


def _cookies(host: State) -> Iterator[Check]:
    config = host.app.config
    open_flags = [
        name
        for name, good in (
            ("SESSION_COOKIE_HTTPONLY", bool(config.get("SESSION_COOKIE_HTTPONLY"))),
            ("SESSION_COOKIE_SECURE", bool(config.get("SESSION_COOKIE_SECURE"))),
            ("SESSION_COOKIE_SAMESITE", config.get("SESSION_COOKIE_SAMESITE") in {"Lax", "Strict"}),
        )
        if not good
    ]
    if open_flags:
        yield Check("session cookie", "warn", _("Set %(names)s before going live.", names=", ".join(open_flags)))
    else:
        yield Check("session cookie", "ok", _("The session cookie is kept safe."))


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    run: Callable[[State], Iterator[Check]]
    reads_tables: bool = False


def _history(host: State) -> Iterator[Check]:
    gaps = recent_gaps()
    for gap in gaps[:MAX_SHOWN]:
        yield Check("history", "bad", _("Somebody changed the past: %(gap)s.", gap=gap))
    if not gaps:
        yield Check("history", "ok", _("The newest entries of the audit log are as they were written."))
    if not guarded(host.db.session.connection(bind_arguments={"mapper": Ticket})):
        yield Check(
            "history",
            "warn",
            _(
                "The database itself does not refuse changes of the audit log. Let its user make triggers, on MariaDB "
                "by the right TRIGGER and, with a binary log, log_bin_trust_function_creators; then run: "
                "flask support db upgrade"
            ),
        )


MAX_SHOWN = 5
_CHECKS: tuple[_Row, ...] = (
    _Row("login", starting.login),
    _Row("directory", _directory, reads_tables=True),
    _Row("account names", _account_names),
    _Row("inbox", starting.inbox),
    _Row("routes", _routes),
    _Row("queue", _queues, reads_tables=True),
    _Row("From address", starting.sender),
    _Row("From address", mail.from_addresses, reads_tables=True),
    _Row("characters", _characters, reads_tables=True),
    _Row("links", mail.link_host),
    _Row("worker", mail.heartbeats, reads_tables=True),
    _Row("history", _history, reads_tables=True),
    _Row("undelivered mail", mail.mails, reads_tables=True),
    _Row("joined writes", _writes),
    _Row("storage", starting.storage_folder),
    _Row("storage", _storage),
    _Row("files", _files, reads_tables=True),
    _Row("hooks", _hooks),
    _Row("context", _context, reads_tables=True),
    _Row("buttons", _buttons, reads_tables=True),
    _Row("search", _search, reads_tables=True),
    _Row("panel layout", starting.layout),
    _Row("SECRET_KEY", starting.secret_key),
    _Row("session cookie", _cookies),
)
