"""The example application as a host whose invariants can be asked, as those of the world's host are."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from example_app.models import User, db
from flask_sgsupport.settings import State
from tests.customers_see import shown_of_notes
from tests.invariants import broken

SETTLES_SECONDS = 5.0
"""A worker or a browser may write between two statements of the checks: what is wrong is wrong after that, too."""


@dataclass
class ExampleHost:
    """What the checks ask of a host."""

    app: Flask

    @property
    def db(self) -> Any:
        """The host's own database."""
        return db

    @property
    def desk(self) -> State:
        """What the desk has in this app."""
        found: State = self.app.extensions["sgsupport"]
        return found

    @property
    def ids(self) -> dict[str, int]:
        """The people by their addresses; needs an app context."""
        return {email: pk for email, pk in db.session.execute(select(User.email, User.id))}

    def client(self, who: str) -> FlaskClient:
        """A browser of somebody signed in."""
        client = self.app.test_client()
        with client.session_transaction() as session:
            session["_user_id"], session["_fresh"] = str(self.ids[who]), True
        return client


def what_does_not_hold(app: Flask) -> list[str]:
    """Every invariant that does not hold of this app's tables, also once its worker had time to finish."""
    until = time.monotonic() + SETTLES_SECONDS
    with app.app_context():
        while found := broken(app.extensions["sgsupport"]):
            if time.monotonic() > until:
                break
            time.sleep(0.2)
        db.session.remove()
    return found


def what_customers_see(app: Flask) -> list[str]:
    """Where the app shows a customer words of a note; their notices are read by that."""
    with app.app_context():
        found = shown_of_notes(ExampleHost(app))
        db.session.remove()
    return found
