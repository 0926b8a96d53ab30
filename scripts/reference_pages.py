"""Write the tables of the documentation from the code.

A page holds its own words and, between ``<!-- table: NAME -->`` and ``<!-- /table -->``, what one row of `TABLES` makes
of the code. Run it after a change of settings, signals, hooks, rights, lifecycle, notices, payloads, errors, commands
or addresses: ``python scripts/reference_pages.py``. It prints the pages it changed.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask_admin import Admin
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from flask_sgsupport import Support, UserDirectory, errors, hooks, signals  # noqa: E402  # the clone need not be installed
from flask_sgsupport.actors import Membership, Person, Right, Side  # noqa: E402
from flask_sgsupport.cli import support_commands  # noqa: E402
from flask_sgsupport.history import ACTIONS  # noqa: E402
from flask_sgsupport.lifecycle import ACT_WORDS, BY_DROPDOWN, TABLE, CloseReason, Row, Status, status_label  # noqa: E402
from flask_sgsupport.macros import VARIABLES, written  # noqa: E402
from flask_sgsupport.notifications import NOTICES, TOPICS  # noqa: E402
from flask_sgsupport.payloads import TicketFacts, envelope, reply_record, ticket_record, transition_record  # noqa: E402
from flask_sgsupport.permissions import COLUMN_OF, right_label  # noqa: E402
from flask_sgsupport.queries.views import SORTS, VIEWS  # noqa: E402
from flask_sgsupport.settings import SETTINGS, Setting  # noqa: E402
from flask_sgsupport.snapshot import Snapshot, encode  # noqa: E402
from flask_sgsupport.worker.jobs import JOBS  # noqa: E402

REGION = re.compile(r"(<!-- table: ([a-z-]+) -->\n).*?(<!-- /table -->)", re.DOTALL)

SIDES = {
    Side.CUSTOMER: "customer",
    Side.AGENT: "agent",
    Side.TIMER: "clock",
    Side.MAIL: "incoming mail",
    Side.RULE: "rule",
}
NOT_YET = {Side.MAIL, Side.RULE}
"""Sides the lifecycle knows and no door of this version speaks for."""


def pages() -> Iterator[Path]:
    """Every page that may hold a table."""
    yield ROOT / "README.md"
    yield from sorted(path for path in (ROOT / "docs").rglob("*.md") if "_build" not in path.parts)


def made(page: Path) -> str:
    """The page as the code would have it now."""
    return REGION.sub(lambda found: f"{found[1]}{TABLES[found[2]]().strip()}\n{found[3]}", page.read_text("utf-8"))


def main() -> None:
    """Write every page that is behind the code."""
    for page in pages():
        text = made(page)
        if text != page.read_text("utf-8"):
            page.write_text(text, "utf-8")
            print(page.relative_to(ROOT))


# How a table looks


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [" | ".join(head), " | ".join("---" for _ in head)]
    lines += [" | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in row) for row in rows]
    return "\n".join(f"| {line} |" for line in lines)


def code(text: object) -> str:
    """A word of the code."""
    return f"`{text}`" if text not in (None, "") else ""


def codes(texts: Iterable[object]) -> str:
    """Several words of the code."""
    return ", ".join(code(text) for text in texts)


def fields(cls: type) -> str:
    """The fields of a value, with their types and defaults."""
    shown = []
    for one in dataclasses.fields(cls):
        default = "" if one.default is dataclasses.MISSING else f" = {one.default!r}"
        shown.append(f"{one.name}: {one.type}{default}")
    return codes(shown)


def first_line(thing: Any) -> str:
    """The first paragraph of a docstring, its code in backticks."""
    return marked((inspect.getdoc(thing) or "").split("\n\n")[0])


def marked(text: str) -> str:
    """Words of a docstring as Markdown."""
    return re.sub(r"`~?flask_sgsupport\.(?:\w+\.)*(\w+)`", r"`\1`", text.replace("``", "`"))


def member_docs(cls: type) -> Mapping[str, str]:
    """What is written below each member of an enumeration."""
    [body] = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
    found, name = {}, ""
    for node in body.body if isinstance(body, ast.ClassDef) else ():
        match node:
            case ast.Assign(targets=[ast.Name(id=target)]):
                name = target
            case ast.Expr(value=ast.Constant(value=str(words))) if name:
                found[name] = words
    return found


def json_block(value: object) -> str:
    """A value as it is published."""
    return f"```json\n{json.dumps(value, ensure_ascii=False)}\n```"


# The tables


def settings_table() -> str:
    """Every setting."""

    def kind(row: Setting) -> str:
        words = {int: "whole number", float: "number", str: "text", bool: "yes or no"}[row.type]
        if row.choices:
            words = "one of " + codes(row.choices)
        if row.minimum is not None:
            words += f", at least {row.minimum:g}"
        if row.maximum is not None:
            words += f", at most {row.maximum:.15g}"
        return words + (" or `None`" if row.optional else "")

    return table(
        ["Key", "Value", "Default", "What it is"],
        ([code(row.key), kind(row), code(repr(row.default)), marked(row.doc)] for row in SETTINGS),
    )


def signals_table() -> str:
    """Every signal and its moment."""
    return table(
        ["Signal", "When", "Payload", "What it tells"],
        ([code(row.name), row.moment, code(row.payload.__name__), first_line(row.payload)] for row in signals.SIGNALS),
    )


def payload_fields_table() -> str:
    """The fields of each signal's payload."""
    payloads = dict.fromkeys(row.payload for row in signals.SIGNALS)
    return table(["Payload", "Fields"], ([code(one.__name__), fields(one)] for one in payloads))


def hooks_table() -> str:
    """Every hook, what it gets, what it returns, and what happens without it."""
    return table(
        ["Hook", "Gets", "Returns", "Left out", "Fails"],
        (
            [
                code(f"@support.{row.name}"),
                row.gets,
                code(f"list[{row.returns.__name__}]" if row.many else row.returns.__name__)
                + ("" if row.context or row.many else " or `None`"),
                row.left_out,
                row.fails,
            ]
            for row in hooks.HOOKS
        ),
    )


def hook_values_table() -> str:
    """The values hooks get and return."""
    values = (
        hooks.Origin,
        hooks.Account,
        hooks.Site,
        hooks.Activity,
        hooks.Operator,
        hooks.Subject,
        hooks.Draft,
        hooks.Routed,
        hooks.ButtonTicket,
    )
    return table(["Value", "Fields", "What it is"], ([code(v.__name__), fields(v), first_line(v)] for v in values))


def directory_table() -> str:
    """The five questions a directory answers, and the one it may answer."""
    return table(
        ["Question", "Answer", "What it is"],
        (
            [
                code(name + _arguments(function)),
                code(inspect.signature(function).return_annotation),
                first_line(function),
            ]
            for name, function in (*vars(hooks.Directory).items(), *vars(hooks.Searchable).items())
            if inspect.isfunction(function) and not name.startswith("_")
        ),
    )


def _arguments(function: Any) -> str:
    given = [one for one in inspect.signature(function).parameters.values() if one.name != "self"]
    return "(" + ", ".join(f"{one.name}: {one.annotation}" for one in given) + ")"


def people_table() -> str:
    """What a directory tells of a person."""
    return table(
        ["Value", "Fields", "What it is"], ([code(v.__name__), fields(v), first_line(v)] for v in (Person, Membership))
    )


def columns_table() -> str:
    """What `UserDirectory` may be told of the user model."""
    said = dict(re.findall(r":param (\w+): (.+?)(?=\n:param|\n\n|\Z)", inspect.getdoc(UserDirectory) or "", re.DOTALL))
    given = inspect.signature(UserDirectory.__init__).parameters.values()
    return table(
        ["Argument", "Default", "What it is"],
        (
            [
                code(one.name),
                "needed" if one.default is one.empty else code(repr(one.default)),
                marked(said.get(one.name, f"attribute with the {one.name}.")),
            ]
            for one in given
            if one.name != "self"
        ),
    )


def variables_table() -> str:
    """What texts of macros may name."""
    return table(["Variable", "Stands for"], ([code(written(name)), doc] for name, doc in VARIABLES.items()))


def rights_table() -> str:
    """What an agent may be granted."""
    docs = member_docs(Right)
    return table(
        ["Right", "On the Agents page", "Column", "What it allows"],
        ([code(right), right_label(right), code(COLUMN_OF[right]), docs[right.name]] for right in Right),
    )


def statuses_table() -> str:
    """The three statuses and what the dropdown makes of each choice."""
    return table(
        ["Status", "Stored as", "Leads by the dropdown to"],
        (
            [
                status_label(status),
                code(status),
                ", ".join(
                    f"{status_label(new)} ({ACT_WORDS[act]()})"
                    for (old, new), act in BY_DROPDOWN.items()
                    if old is status
                ),
            ]
            for status in Status
        ),
    )


def close_reasons_table() -> str:
    """Why a ticket is closed."""
    words = {CloseReason.CUSTOMER_CONFIRMED: "The customer confirmed, or an agent recorded how they did.",
             CloseReason.NO_REPLY: "The waiting time passed without a reply."}  # fmt: skip
    return table(["Reason", "When"], ([code(reason), words[reason]] for reason in CloseReason))


def transitions_table() -> str:
    """Every row of the lifecycle."""
    return table(
        ["Rule", "What happens", "From", "To", "By", "Right", "Condition", "Who is told", "Audit"],
        (
            [
                row.number,
                row.doc,
                _from(row),
                " → ".join(status_label(status) for status in row.path) or "unchanged",
                ", ".join(words for side, words in SIDES.items() if side in row.sides and side not in NOT_YET) or "–",
                code(row.right) if Side.AGENT in row.sides else "",
                ", ".join(_conditions(row)),
                codes(row.notices),
                codes(row.actions),
            ]
            for row in TABLE
        ),
    )


def _conditions(row: Row) -> list[str]:
    guard = [row.guard.__name__.strip("_").replace("_", " ")] if row.guard else []
    return guard + (["not filtered"] if row.released else [])


def _from(row: Row) -> str:
    if not row.states:
        return "–"
    return "any" if row.states == set(Status) else ", ".join(status_label(s) for s in Status if s in row.states)


def ways_table() -> str:
    """The lifecycle in short: what changes a status."""
    return table(
        ["Rule", "From", "To", "By", "What happens"],
        (
            [
                row.number,
                _from(row),
                " → ".join(status_label(status) for status in row.path),
                ", ".join(words for side, words in SIDES.items() if side in row.sides and side not in NOT_YET),
                row.doc,
            ]
            for row in TABLE
            if row.path and any(side not in NOT_YET for side in row.sides)
        ),
    )


def notices_table() -> str:
    """Every notice, its readers, its channels and the topic by which people switch it off."""
    topics = {name: topic for topic, names in TOPICS.items() for name in names}
    return table(
        ["Notice", "Goes to", "Channels", "Topic", "What it says", "Goes to the person who acted, too"],
        (
            [
                code(row.name),
                str(row.audience),
                ", ".join(row.channels),
                str(topics.get(row.name, "")),
                row.doc,
                "yes" if row.receipt else "",
            ]
            for row in NOTICES
        ),
    )


def actions_table() -> str:
    """Every entry the audit log may hold."""
    return table(
        ["Action", "Data", "Words kept beside it", "In the customer's history"],
        (
            [
                code(row.name),
                codes(row.data.split(", ") if row.data else ()),
                codes(row.words),
                "yes" if row.customer else "",
            ]
            for row in ACTIONS
        ),
    )


AT = datetime(2026, 4, 22, 14, 3, tzinfo=UTC)
CUSTOMER, AGENT, NUMBER = "operator@your-domain.com", "ada.lovelace@desk.example", "TKT-2026-04881"


def payload_samples() -> str:
    """The published shapes, made by the functions that make them."""
    ticket = TicketFacts(
        ticket_id=NUMBER,
        account_id="17",
        sites=["your-site.com"],
        requester=CUSTOMER,
        subject="Checkout failing on Canvas Tote",
        status="open",
        priority="normal",
        queue="support",
        assigned_to=AGENT,
        created_at=AT,
    )
    replied, closed = AT + timedelta(minutes=6), datetime(2026, 4, 24, 8, 11, tzinfo=UTC)
    body = "Thanks for flagging — checkout is now restored."
    samples = {
        "A ticket": ticket_record(ticket),
        "The same ticket on the customer's side, where routing is nobody's business": ticket_record(
            ticket, customer=True
        ),
        "A reply": reply_record(ticket_id=NUMBER, actor=AGENT, kind="public-reply", body=body, at=replied),
        "A transition": transition_record(ticket_id=NUMBER, old="resolved", new="closed", actor=CUSTOMER, at=closed),
        "The envelope": envelope(site="your-site.com", actor=CUSTOMER, at=AT),
    }
    return "\n\n".join(f"{title}:\n\n{json_block(value)}" for title, value in samples.items())


def snapshot_sample() -> str:
    """A context as it is stored."""
    snapshot = Snapshot(
        captured_at=AT,
        account=hooks.Account(
            "Northwind Outfitters", plan="Growth", billing="paid to 1 May", url="https://app.example.com/accounts/17"
        ),
        sites=(hooks.Site("3", "your-site.com", "https://your-site.com/", working_in=True),),
        activity=(hooks.Activity("theme update", AT + timedelta(minutes=-31), site="your-site.com"),),
        operator=hooks.Operator("Jerome Ellis", "Admin", "e-mail"),
        operator_email=CUSTOMER,
    )
    body = json.loads(encode(snapshot, max_bytes=64_000))
    return f"```json\n{json.dumps(body, ensure_ascii=False, indent=2)}\n```"


def errors_table() -> str:
    """Every error a caller may meet."""
    found = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.SupportError)]
    return table(
        ["Error", "Code", "HTTP status", "What it means"],
        (
            [code(one.__name__), code(one.code), str(one.http_status), first_line(one)]
            for one in found
            if one is not errors.SupportError
        ),
    )


def commands_table() -> str:
    """Every command with its arguments and options."""
    parts = []
    for name, command in _commands("flask support", support_commands):
        context = click.Context(command, info_name=name)
        usage = " ".join([name, *command.collect_usage_pieces(context)])
        rows = [
            [code(record[0]), record[1]]
            for parameter in command.params
            if isinstance(parameter, click.Option) and (record := parameter.get_help_record(context)) is not None
        ]
        parts.append(
            f"### {name}\n\n`{usage}`\n\n{command.help}"
            + (f"\n\n{table(['Option', 'What it does'], rows)}" if rows else "")
        )
    return "\n\n".join(parts)


def commands_list() -> str:
    """Every command in a line."""
    return table(
        ["Command", "What it does"],
        (
            [code(name), command.get_short_help_str(limit=200)]
            for name, command in _commands("flask support", support_commands)
        ),
    )


def _commands(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for child, below in sorted(command.commands.items()):
            yield from _commands(f"{name} {child}", below)
    else:
        yield name, command


def jobs_table() -> str:
    """What a worker does."""
    return table(
        ["Job", "How often", "What it does"],
        (
            [code(job.name), f"every {job.every_seconds:g} s" if job.every_seconds else "each round", job.doc]
            for job in JOBS
        ),
    )


def views_table() -> str:
    """The lists of the inbox."""
    return table(
        ["List", "In the address", "Order"],
        ([view.label(), code(f"view={view.key}"), SORTS[view.sort].label()] for view in VIEWS if view.shown),
    )


def small_app() -> Flask:
    """A host as small as can be."""
    app = Flask("host")
    app.config.update(SECRET_KEY="not used", SQLALCHEMY_DATABASE_URI="sqlite://")  # noqa: S106
    db = SQLAlchemy()

    class User(db.Model):  # type: ignore[name-defined,misc]
        """Somebody."""

        id = db.Column(db.Integer, primary_key=True)
        email = db.Column(db.String(200))
        name = db.Column(db.String(200))
        account_id = db.Column(db.Integer)

    db.init_app(app)
    LoginManager(app)
    admin = Admin(app)
    Support(directory=UserDirectory(User, account_id="account_id")).init_app(app, db, admin=admin)
    return app


def addresses_table() -> str:
    """Every address of the desk, with the prefixes it has where nothing else is said."""
    app = small_app()
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("sgsupport")]
    return table(
        ["Address", "Methods", "Endpoint"],
        (
            [code(rule.rule), ", ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})), code(rule.endpoint)]
            for rule in sorted(rules, key=lambda rule: (rule.rule, rule.endpoint))
        ),
    )


TABLES: Mapping[str, Callable[[], str]] = {
    "settings": settings_table,
    "signals": signals_table,
    "signal-payloads": payload_fields_table,
    "hooks": hooks_table,
    "hook-values": hook_values_table,
    "directory": directory_table,
    "people": people_table,
    "user-directory": columns_table,
    "rights": rights_table,
    "variables": variables_table,
    "statuses": statuses_table,
    "close-reasons": close_reasons_table,
    "transitions": transitions_table,
    "ways": ways_table,
    "notices": notices_table,
    "actions": actions_table,
    "payloads": payload_samples,
    "snapshot": snapshot_sample,
    "errors": errors_table,
    "commands": commands_table,
    "command-list": commands_list,
    "jobs": jobs_table,
    "views": views_table,
    "addresses": addresses_table,
}

if __name__ == "__main__":
    sys.exit(main())
