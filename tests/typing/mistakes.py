"""Mistakes of a host that ``mypy --strict`` must find: each marked line, with that code, and no other line."""

from __future__ import annotations

from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from flask_sgsupport import Account, Actor, Origin, Person, Right, Site, Status, Support, UserDirectory
from flask_sgsupport.errors import SupportError
from flask_sgsupport.signals import ticket_open  # error: attr-defined  # noqa: F401

db = SQLAlchemy()


class User:
    account_id: int


support = Support(directory=UserDirectory(User, account="account_id"))  # error: call-arg
support.init_app(Flask(__name__), "db")  # error: arg-type


class HalfADirectory:
    def current(self) -> Person | None:
        return None


Support(directory=HalfADirectory())  # error: arg-type


@support.account  # error: arg-type
def account(actor: Actor, account_id: int, origin: Origin) -> Account:
    return Account("Northwind")


@support.sites  # error: arg-type
def sites(actor: Actor, account_id: str) -> list[Site]:
    return []


@support.permission  # error: arg-type
def permission(person: Person, right: Right) -> str:
    return "yes"


def verbs(actor: Actor, error: SupportError) -> None:
    support.open_ticket(actor, subject="No body")  # error: call-arg
    support.open_ticket("jerome", subject="", body="")  # error: arg-type
    support.open_ticket(actor, "Subject", "Body")  # error: call-arg
    support.set_status(actor, "TKT-2026-00001", "solved")  # error: arg-type
    support.reply(actor, "TKT-2026-00001", "Text", status=Status.SOLVED)  # error: attr-defined
    support.set_preference(actor, "email", False)  # error: call-arg  # noqa: FBT003
    error.fields  # error: attr-defined  # noqa: B018
    actor.account_id = "2"  # error: misc
