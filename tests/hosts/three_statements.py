"""A host with Flask-Login: everything below the mark is what it adds for the support desk."""

from __future__ import annotations

from flask import Flask
from flask_admin import Admin
from flask_login import LoginManager, UserMixin
from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()
app = Flask(__name__)
app.config.update(SECRET_KEY="a long random text", SQLALCHEMY_DATABASE_URI="sqlite://")
db.init_app(app)
admin = Admin(app)
login = LoginManager(app)


class User(UserMixin, db.Model):  # type: ignore[name-defined,misc]
    """The host's own user model."""

    id = db.Column(db.Integer, primary_key=True)
    email = db.Column(db.String(200))
    name = db.Column(db.String(200))
    account_id = db.Column(db.Integer)


# --- the desk ---
from flask_sgsupport import Support, UserDirectory  # noqa: E402

support = Support(directory=UserDirectory(User, account_id="account_id"))
support.init_app(app, db, admin=admin)
