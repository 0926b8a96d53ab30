"""The extension: `Support` registers the desk with an app; its methods are the API for host code."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from inspect import signature
from pathlib import Path
from typing import Any, BinaryIO, TypeVar
from weakref import WeakSet

from blinker import Signal
from flask import Flask, request_started
from flask_admin import Admin
from flask_sqlalchemy import SQLAlchemy

from .actors import Actor, Person, Right, Via
from .arguments import checked
from .cli import support_commands
from .committing import check_options
from .errors import ConfigurationError, NotAllowed, NotFound
from .hooks import (
    WITHOUT,
    AccountHook,
    ActivityHook,
    Button,
    Directory,
    Enabled,
    Hooks,
    OperatorHook,
    PermissionHook,
    Press,
    RouteHook,
    SitesHook,
    SubjectsHook,
    TargetsHook,
    Visible,
    check_hook,
    check_methods,
    check_receiver,
    check_signal,
)
from .i18n import in_english
from .inbox import PAGES, register_inbox
from .lifecycle import Status
from .models import copy_tables
from .panel import panel_blueprint
from .permissions import customer_actor, no_agent
from .queries.people import agent
from .queries.starting import faults
from .services import (
    assigning,
    host_changes,
    linking,
    merging,
    opening,
    preferring,
    promising,
    rating,
    redacting,
    replying,
    snoozing,
    splitting,
    status,
)
from .services.attaching import Upload
from .services.conversation import Said
from .services.host_session import listen_to
from .services.opening import Opened
from .settings import Settings, State, state
from .signals import ticket_routed
from .storage import LocalStorage, Storage
from .worker import embedded

log = logging.getLogger("flask_sgsupport.extension")

F = TypeVar("F", bound=Callable[..., Any])
P = TypeVar("P", bound=Press)

NO_DIRECTORY = (
    "Support needs to know your people; write "
    'Support(app, db, directory=UserDirectory(User, account_id="account_id")) or pass a directory of your own.'
)
A_DIRECTORY = (
    'write directory=UserDirectory(User, account_id="account_id"), or an object with the methods of '
    "flask_sgsupport.hooks.Directory"
)
A_STORAGE = "write an object with the methods of flask_sgsupport.storage.Storage"


class Support:
    """The support desk of an app.

    ::

        support = Support(directory=UserDirectory(User, account_id="account_id"))
        support.init_app(app, db, admin=admin)

    :param directory: the host's people; see `flask_sgsupport.hooks.Directory`.
    :param admin: the Flask-Admin the inbox is added to, or several; by default the only one the app has by now.
        ``[]`` for a desk without an inbox.
    :param bind_key: name of the bind in ``SQLALCHEMY_BINDS`` that holds the desk's tables; by default the host's own
        database.
    :param storage: where attachments are kept; by default a private folder, see ``SGSUPPORT_STORAGE_FOLDER``.

    One object may serve several apps; what belongs to an app is kept in ``app.extensions["sgsupport"]``.
    """

    def __init__(
        self,
        app: Flask | None = None,
        db: SQLAlchemy | None = None,
        *,
        directory: Directory | None = None,
        admin: Admin | Sequence[Admin] | None = None,
        bind_key: str | None = None,
        storage: Storage | None = None,
    ) -> None:
        self.hooks = Hooks(directory=directory)
        self._receivers: list[tuple[Signal, Callable[..., Any]]] = []
        self._apps: WeakSet[Flask] = WeakSet()
        if app is not None:
            self.init_app(app, db, admin=admin, bind_key=bind_key, storage=storage)

    def init_app(
        self,
        app: Flask,
        db: SQLAlchemy | None = None,
        *,
        admin: Admin | Sequence[Admin] | None = None,
        bind_key: str | None = None,
        storage: Storage | None = None,
    ) -> None:
        """Register panel, inbox, tables and commands with an app; before its first request.

        :raises ConfigurationError: it comes too late, or a setting is missing or wrong; it says what to write.
        """
        if not isinstance(app, Flask):
            raise ConfigurationError(f"Support needs your Flask app, not {app!r}; write support.init_app(app, db).")
        if app._got_first_request:
            raise ConfigurationError(
                "The app has answered a request already; write support.init_app(app, db) where the app is made, before "
                "its first request."
            )
        if "sgsupport" in app.extensions:
            raise ConfigurationError("This app has a support desk already; call init_app once for an app.")
        if self.hooks.directory is None:
            raise ConfigurationError(NO_DIRECTORY)
        check_methods("The directory", self.hooks.directory, Directory, A_DIRECTORY)
        db = app.extensions.get("sqlalchemy") if db is None else db
        if not isinstance(db, SQLAlchemy):
            raise ConfigurationError("Support needs your Flask-SQLAlchemy object; write support.init_app(app, db).")
        if bind_key is not None and bind_key not in app.config.get("SQLALCHEMY_BINDS", {}):
            raise ConfigurationError(
                f'bind_key "{bind_key}" is not in SQLALCHEMY_BINDS; '
                f'write app.config["SQLALCHEMY_BINDS"] = {{"{bind_key}": "…"}}.'
            )
        check_options(_engine_options(app, db, bind_key))
        admins = _admins(app, admin)
        settings = Settings(app.config)
        _check_addresses(settings, admins)
        host = State(app=app, db=db, settings=settings, hooks=self.hooks, storage=None, bind_key=bind_key)
        host.storage = LocalStorage(host.storage_folder) if storage is None else storage
        check_methods("The storage", host.storage, Storage, A_STORAGE)
        _check_storage(app, host)
        app.extensions["sgsupport"] = host
        self._apps.add(app)
        ticket_routed.connect(promising.on_routed, sender=app, weak=False)
        for signal, receiver in self._receivers:
            signal.connect(receiver, sender=app, weak=False)
        listen_to(db.session)
        attach_tables(db, bind_key)
        app.register_blueprint(panel_blueprint(host))
        for number, one in enumerate(admins):
            host.admin_endpoints.append(register_inbox(one, number))
        host.without_inbox = admin is not None and not admins
        _check_with_first_request(app)
        app.cli.add_command(support_commands)
        host.nudge = embedded.nudge(app)

    # Hooks

    def account(self, function: AccountHook = WITHOUT) -> AccountHook:
        """Register what tells the account's identity."""
        self.hooks.set_context("account", function)
        return function

    def sites(self, function: SitesHook = WITHOUT) -> SitesHook:
        """Register what tells the account's sites."""
        self.hooks.set_context("sites", function)
        return function

    def activity(self, function: ActivityHook = WITHOUT) -> ActivityHook:
        """Register what tells the operator's recent actions."""
        self.hooks.set_context("activity", function)
        return function

    def operator(self, function: OperatorHook = WITHOUT) -> OperatorHook:
        """Register what tells the operator's identity, where the directory knows less."""
        self.hooks.set_context("operator", function)
        return function

    def permission(self, function: PermissionHook = WITHOUT) -> PermissionHook:
        """Register a function that adds (True) or forbids (False) a right, or leaves it (None); forbidding wins."""
        check_hook("permission", function)
        self.hooks.permission.append(function)
        return function

    def route(self, function: RouteHook = WITHOUT) -> RouteHook:
        """Register the function that may decide where a new ticket goes.

        :raises ConfigurationError: there is one already, or it cannot be called with what it gets.
        """
        check_hook("route", function)
        if self.hooks.route is not None:
            raise ConfigurationError(f"There is a routing function already: {self.hooks.route!r}.")
        self.hooks.route = function
        return function

    def targets(self, function: TargetsHook = WITHOUT) -> TargetsHook:
        """Register the function that may say by when a ticket is to be answered and solved.

        :raises ConfigurationError: there is one already, or it cannot be called with what it gets.
        """
        check_hook("targets", function)
        if self.hooks.targets is not None:
            raise ConfigurationError(f"There is a targets function already: {self.hooks.targets!r}.")
        self.hooks.targets = function
        return function

    def subjects(self, function: SubjectsHook = WITHOUT) -> SubjectsHook:
        """Register what names the host's things a ticket can be about.

        It gets the actor, the account's id, the origin, and pairs of kind and key: those that are wanted, of which it
        answers the ones that are there and the account's. Where nothing is wanted it answers what a form shall offer.

        :raises ConfigurationError: there is one already, or it cannot be called with what it gets.
        """
        check_hook("subjects", function)
        if self.hooks.subjects is not None:
            raise ConfigurationError(f"There is a subjects function already: {self.hooks.subjects!r}.")
        self.hooks.subjects = function
        return function

    def button(
        self,
        key: str,
        *,
        label: object,
        confirm: object = "",
        visible: Visible | None = None,
        enabled: Enabled | None = None,
    ) -> Callable[[P], P]:
        """Register a button of the ticket page and what it does: ``@support.button("refund", label="Refund")``.

        The function gets the ticket as `ButtonTicket` and the agent as `Actor`, and answers one sentence on what it
        did. It is called once for each time the button is pressed, and never again by itself, whatever happened.

        :param key: small letters, digits, ``-`` and ``_``; the history calls it by this.
        :param label: its words, or a lazy text.
        :param confirm: what is asked before; without it, whether it shall be done.
        :param visible: whether it stands on the page of this ticket for this agent.
        :param enabled: ``True``, or why it cannot be pressed now.
        :raises ConfigurationError: there is one of that key already, or it cannot be called with what it gets.
        """

        def register(function: P) -> P:
            self.hooks.add_button(Button(key, label, function, confirm, visible, enabled))
            return function

        return register

    def on(self, signal: Signal) -> Callable[[F], F]:
        """Connect a receiver of ``(app, payload)`` to the apps of this desk: ``@support.on(ticket_opened)``.

        :raises ConfigurationError: it is no signal, or the receiver cannot be called with both.
        """
        check_signal(signal)

        def connect(function: F) -> F:
            check_receiver(function)
            self._receivers.append((signal, function))
            for app in self._apps:
                signal.connect(function, sender=app, weak=False)
            return function

        return connect

    # Verbs for host code: they join the host's transaction, neither commit nor repeat.

    @checked
    def customer(self, person_id: object, account_id: object | None = None) -> Actor:
        """A person of the host as an operator of an account.

        :raises NotFound: the directory knows nobody with that id.
        :raises NotAllowed: without support access there.
        """
        return customer_actor(_person(person_id), _id_or_none(account_id), Via.PYTHON)

    @checked
    def agent(self, person_id: object) -> Actor:
        """A person of the host as an agent, with the rights of now.

        :raises NotFound: the directory knows nobody with that id.
        :raises NotAllowed: no agent, or without the right to handle tickets, without which no ticket is seen.
        """
        found = agent(_person(person_id), Via.PYTHON)
        if Right.HANDLE not in found.rights:
            raise NotAllowed(no_agent(found))
        return found

    @checked
    def open_ticket(
        self,
        actor: Actor,
        *,
        subject: str,
        body: str,
        account_id: object | None = None,
        requester: Person | None = None,
        category: str | None = None,
        site_ids: Sequence[object] = (),
        subjects: Sequence[tuple[str, object]] = (),
        files: Sequence[tuple[str, BinaryIO]] = (),
        form: str | None = None,
    ) -> Opened:
        """Open a ticket; see `flask_sgsupport.services.opening.open_ticket`. The host commits.

        :param subjects: what it is about, ``[("order", 1042)]``, as the subjects hook names it.
        """
        return opening.open_ticket(
            _in_python(actor),
            subject=subject,
            body=body,
            account_id=_id_or_none(account_id),
            requester=requester,
            category=category,
            site_ids=[str(site_id) for site_id in site_ids],
            subjects=[(kind, str(key)) for kind, key in subjects],
            files=[Upload(name, stream) for name, stream in files],
            form=form,
        )

    @checked
    def reply(self, actor: Actor, ticket_id: str, body: str, *, status: Status | None = None) -> Said:
        """Answer the customer, and set the status in the same act."""
        return replying.reply(ticket_id, _in_python(actor), body=body, status=status)

    @checked
    def follow_up(self, actor: Actor, ticket_id: str, body: str) -> Said:
        """Write as the customer."""
        return replying.follow_up(ticket_id, _in_python(actor), body=body)

    @checked
    def add_note(self, actor: Actor, ticket_id: str, body: str) -> Said:
        """Write an internal note."""
        return replying.add_note(ticket_id, _in_python(actor), body=body)

    @checked
    def claim(self, actor: Actor, ticket_id: str) -> None:
        """Assign an unassigned ticket to the agent."""
        assigning.claim(ticket_id, _in_python(actor))

    @checked
    def snooze(self, actor: Actor, ticket_id: str, until: datetime) -> datetime:
        """Take an open ticket out of the lists of what is to be done, until a time or its customer's word.

        :param until: with a zone.
        :returns: the time it wakes at: to the minute, in UTC.
        """
        return snoozing.snooze(ticket_id, _in_python(actor), until)

    @checked
    def unsnooze(self, actor: Actor, ticket_id: str) -> None:
        """Wake a snoozed ticket."""
        snoozing.unsnooze(ticket_id, _in_python(actor))

    @checked
    def set_status(self, actor: Actor, ticket_id: str, wanted: Status) -> None:
        """Choose another status, under the rules of the lifecycle; with a note of the confirmation, see `close`.

        :raises InvalidInput: there is no such status.
        """
        status.set_status(ticket_id, _in_python(actor), wanted)

    @checked
    def close(self, actor: Actor, ticket_id: str, *, note: str = "") -> None:
        """Close a resolved ticket: its time is up, or ``note`` says how the customer confirmed it elsewhere.

        :param note: becomes an internal note.
        """
        replying.close_with_confirmation(ticket_id, _in_python(actor), note=note)

    @checked
    def merge(self, actor: Actor, ticket_id: str, *, into: str) -> bool:
        """Merge a ticket into another of its account, for good; see `flask_sgsupport.services.merging.merge`."""
        return merging.merge(ticket_id, _in_python(actor), into)

    @checked
    def split_off(self, actor: Actor, ticket_id: str, message: str, *, subject: str, queue: str = "") -> Opened:
        """Make a ticket of its own of what a customer wrote; see `flask_sgsupport.services.splitting.split_off`.

        :param message: its key, as `open_ticket` and `follow_up` answer it.
        :param queue: key of an active queue; empty leaves it to routing and rules.
        """
        return splitting.split_off(ticket_id, _in_python(actor), message, subject=subject, queue=queue)

    @checked
    def link(self, actor: Actor, ticket_id: str, *, to: str) -> bool:
        """Link two tickets as related, for agents only; see `flask_sgsupport.services.linking.link`."""
        return linking.link(ticket_id, _in_python(actor), to)

    @checked
    def unlink(self, actor: Actor, ticket_id: str, *, to: str) -> bool:
        """Take the link between two tickets away."""
        return linking.unlink(ticket_id, _in_python(actor), to)

    @checked
    def confirm_solved(self, actor: Actor, ticket_id: str) -> None:
        """Close a resolved ticket because its customer says so."""
        replying.confirm_solved(ticket_id, _in_python(actor))

    @checked
    def rate(self, actor: Actor, ticket_id: str, *, good: bool, comment: str | None = None) -> None:
        """Say as the customer how the help was; see `flask_sgsupport.services.rating.rate`."""
        rating.rate(ticket_id, _in_python(actor), good=good, comment=comment)

    @checked
    def redact(
        self, actor: Actor, ticket_id: str, message: str, *, secret: str = "", remove_files: Collection[str] = ()
    ) -> str:
        """Take a secret or files out of a message for good; see `flask_sgsupport.services.redacting.redact`.

        :param actor: a support lead.
        :param message: its key, as `open_ticket` and `reply` answer it.
        :return: one sentence on who has it already and where it still stands; "" where there is nothing to say.
        """
        return redacting.redact(ticket_id, _in_python(actor), message, secret=secret, remove_files=remove_files)

    # What the host says of its accounts and people: in its transaction, what is much left to the clock.

    @checked
    def account_renamed(self, account_id: object, name: str) -> None:
        """Show the tickets of an account under its new name."""
        host_changes.account_renamed(account_id, name)

    @checked
    def account_removed(self, account_id: object) -> None:
        """Close an account's tickets to customers for good; agents keep them, and waiting mails are not sent."""
        host_changes.account_removed(account_id)

    @checked
    def person_changed(self, person_id: object) -> None:
        """Take over name and address of a person as the directory has them now; after another account, too.

        :raises NotFound: the directory knows nobody with that id.
        """
        host_changes.person_changed(person_id)

    @checked
    def person_left(self, person_id: object) -> None:
        """Take back the mails that wait for a person; open tickets of an agent go back and the leads are told."""
        host_changes.person_left(person_id)

    @checked
    def set_preference(self, actor: Actor, channel: str, *, wanted: bool, topic: str | None = None) -> None:
        """Switch a channel (bell, email) on or off for a person; or within it one topic, as "answers" or "queue"."""
        preferring.set_preference(_in_python(actor), channel, wanted=wanted, topic=topic)


def _in_python(actor: Actor) -> Actor:
    if not isinstance(actor, Actor):
        raise ConfigurationError(
            f"Who acts must be an actor, not {actor!r}; write support.customer(person_id) or support.agent(person_id)."
        )
    return actor.through(Via.PYTHON)


def _id_or_none(host_id: object | None) -> str | None:
    return None if host_id is None else str(host_id)


def _person(person_id: object) -> Person:
    person: Person | None = state().hooks.directory.person(str(person_id))
    if person is None:
        raise NotFound(f"The directory knows nobody with the id {person_id!r}.")
    return person


def attach_tables(db: SQLAlchemy, bind_key: str | None) -> None:
    """Copy our tables into the host's metadata, so that ``create_all`` and its autogenerate see and spare them."""
    metadata = db.metadatas[bind_key] if bind_key in db.metadatas else db._make_metadata(bind_key)
    copy_tables(metadata)


def _check_with_first_request(app: Flask) -> None:
    """Tell in the log what is missing once the app serves, whichever page is asked for; a page of the host goes on."""

    def check(sender: Flask, **extra: Any) -> None:
        request_started.disconnect(check, sender)
        # Before the host has said whose request it is: a locale asked for now would be kept for its page.
        with in_english():
            found = faults()
        if found:
            log.error("The support desk is not set up rightly: %s", "\n".join(found))

    request_started.connect(check, app, weak=False)


def _admins(app: Flask, admin: object) -> Sequence[Admin]:
    if admin is None:
        known: list[Admin] = app.extensions.get("admin", [])
        if len(known) > 1:
            raise ConfigurationError(
                f"The app has {len(known)} Flask-Admins; name the one that gets the inbox: "
                "support.init_app(app, db, admin=admin), or a list of several."
            )
        return known
    admins = [admin] if isinstance(admin, Admin) else admin
    if not isinstance(admins, Sequence) or isinstance(admins, str) or not all(isinstance(one, Admin) for one in admins):
        raise ConfigurationError(
            f"admin must be your Flask-Admin object or a list of them, not {admin!r}; "
            "write support.init_app(app, db, admin=admin)."
        )
    return admins


def _check_addresses(settings: Settings, admins: Sequence[Admin]) -> None:
    """See that the panel does not stand where a page of a Flask-Admin does: one of the two would never be reached."""
    panel = settings.panel_url_prefix
    for one in (one for one in admins if one.subdomain is None):
        root = (one.url or "").rstrip("/")
        inbox = {f"{root}/{path}" for *__, path in PAGES}
        of_host = {str(view.url).rstrip("/") for view in one._views}
        # Without the panel no page stands at the prefix itself, but static files do, as they do below the Flask-Admin.
        if panel == root or (settings.panel and panel in inbox | of_host):
            what = "inbox" if panel in inbox else "Flask-Admin"
            raise ConfigurationError(
                f"Panel and {what} would both be at {panel}, since your Flask-Admin is at {one.url}: set "
                'SGSUPPORT_PANEL_URL_PREFIX to another path, for instance "/help".'
            )


def _engine_options(app: Flask, db: SQLAlchemy, bind_key: str | None) -> Sequence[tuple[str, Mapping[str, Any]]]:
    """What Flask-SQLAlchemy makes the desk's engine of, and where it stands, in the order in which it is read."""
    bind = (app.config.get("SQLALCHEMY_BINDS") or {}).get(bind_key)
    own = app.config.get("SQLALCHEMY_ENGINE_OPTIONS") if bind_key is None else None
    return (
        ("SQLAlchemy(engine_options=…)", db._engine_options),
        (f"SQLALCHEMY_BINDS[{bind_key!r}]", bind if isinstance(bind, dict) else {}),
        ("SQLALCHEMY_ENGINE_OPTIONS", own or {}),
    )


def _check_storage(app: Flask, host: State) -> None:
    try:
        signature(host.storage.keys).bind(older_than=None, after="")
    except TypeError:
        raise ConfigurationError(
            f"The method keys of the storage {host.storage!r} must take older_than= and after=; {A_STORAGE}."
        ) from None
    static = app.static_folder
    if static and host.storage_folder.resolve().is_relative_to(Path(static).resolve()):
        raise ConfigurationError(
            "SGSUPPORT_STORAGE_FOLDER lies inside the static folder; choose one no web server serves."
        )
