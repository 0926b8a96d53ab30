"""A host with pages of every kind, built with or without the desk, to see whether they differ."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, flash, jsonify, redirect, render_template_string, request, session, url_for
from flask.testing import FlaskClient
from flask_admin import Admin, AdminIndexView, BaseView, expose
from flask_admin.contrib.sqla import ModelView
from flask_admin.theme import Bootstrap4Theme
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from flask_mail import Mail
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms import StringField
from wtforms.validators import DataRequired

from flask_sgsupport import Support, UserDirectory

PEOPLE = {"operator": ("Jerome Ellis", 1), "agent": ("Grace Hopper", None)}

PAGE = """<!doctype html>
<title>{{ title }}</title>
{% for message in get_flashed_messages() %}<p>{{ message }}</p>{% endfor %}
<p>{{ current_user.name if current_user.is_authenticated else "Nobody" }}, visit {{ visit }}</p>
{{ content }}
"""


LINKED = """{% from "sgsupport/host.html" import support_link with context %}<nav>{{ support_link() }}</nav>"""


class NameForm(FlaskForm):  # type: ignore[misc]
    """The host's own form."""

    name = StringField(validators=[DataRequired()])


@dataclass
class HostWithPages:
    """The host, and its desk where it has one."""

    app: Flask
    db: SQLAlchemy
    user: Any
    visit: Any
    support: Support | None

    def client(self, who: str | None) -> FlaskClient:
        """A browser of somebody signed in, or of a stranger."""
        client = self.app.test_client()
        if who is not None:
            assert client.post("/sign-in", data={"name": PEOPLE[who][0]}).status_code == 302
        return client

    def dispose(self) -> None:
        """Give every connection back."""
        with self.app.app_context():
            self.db.session.remove()
            for engine in self.db.engines.values():
                engine.dispose()


def build(url: str, folder: Path, *, desk: bool, bind_key: str | None = None, **config: Any) -> HostWithPages:
    """Build the host; its own tables have to be made."""
    app = Flask("with_pages", instance_path=str(folder), static_folder=str(folder / "static"))
    app.config.update(
        SECRET_KEY="a long random text for tests", SQLALCHEMY_DATABASE_URI=url, PROPAGATE_EXCEPTIONS=False,
        MAIL_DEFAULT_SENDER="support@desk.example",
    )  # fmt: skip
    app.config.update(config)
    db = SQLAlchemy(app)

    class User(UserMixin, db.Model):  # type: ignore[name-defined,misc]
        id = db.Column(db.Integer, primary_key=True)
        name = db.Column(db.String(100))
        email = db.Column(db.String(100))
        account_id = db.Column(db.Integer)

    class Visit(db.Model):  # type: ignore[name-defined,misc]
        id = db.Column(db.Integer, primary_key=True)
        page = db.Column(db.String(100))

    Mail(app)
    login = LoginManager(app)
    login.login_view = "sign_in"
    login.user_loader(lambda user_id: db.session.get(User, int(user_id)))
    add_pages(app, db, User)
    add_errors(app)
    admin = add_admin(app, db, User, Visit)
    support = None
    if desk:
        support = Support(directory=UserDirectory(User, account_id="account_id"))
        support.init_app(app, db, admin=admin, bind_key=bind_key)
        add_link(app, db, Visit)
    return HostWithPages(app, db, User, Visit, support)


def page(title: str, content: object = "") -> str:
    """A page in the host's layout, counting visits in the session."""
    session["visit"] = session.get("visit", 0) + 1
    return render_template_string(PAGE, title=title, content=content, visit=session["visit"])


def add_pages(app: Flask, db: SQLAlchemy, user: Any) -> None:
    """The host's own pages."""

    @app.route("/sign-in", methods=["GET", "POST"])
    def sign_in() -> Any:
        if request.method == "GET":
            return page("Sign in")
        login_user(db.session.scalar(db.select(user).filter_by(name=request.form["name"])))
        return redirect(url_for("home"))

    @app.get("/")
    def home() -> str:
        return page("Home", [one.name for one in db.session.scalars(db.select(user).order_by(user.id))])

    @app.route("/form", methods=["GET", "POST"])
    def form() -> Any:
        form = NameForm()
        if form.validate_on_submit():
            flash(f"Welcome, {form.name.data}")
            return redirect(url_for("home"))
        return page("Form", Markup("{} {}").format(form.csrf_token(), str(form.errors)))

    @app.get("/account")
    @login_required
    def account() -> str:
        return page("Account", current_user.email)

    @app.get("/ticket/<ticket_id>")
    def ticket(ticket_id: str) -> str:
        return page("The host sells tickets too", ticket_id)

    @app.get("/api/people")
    def people() -> Response:
        return jsonify([one.name for one in db.session.scalars(db.select(user).order_by(user.id))])


def add_errors(app: Flask) -> None:
    """The host's own refusals and mistakes."""
    app.logger.disabled = True

    @app.get("/secret")
    def secret() -> str:
        abort(403)

    @app.get("/broken")
    def broken() -> str:
        raise RuntimeError("the host's own mistake")

    @app.errorhandler(404)
    def nowhere(error: Exception) -> tuple[str, int]:
        return page("Nowhere"), 404

    @app.errorhandler(500)
    def mended(error: Exception) -> tuple[str, int]:
        return "The host is sorry", 500


def add_link(app: Flask, db: SQLAlchemy, visit: Any) -> None:
    """A page whose navigation leads to the desk, drawn while the host has work pending."""

    @app.get("/linked")
    def linked() -> str:
        db.session.add(visit(page="linked"))
        db.session.flush()
        shown = render_template_string(LINKED)
        db.session.commit()
        return shown


def add_admin(app: Flask, db: SQLAlchemy, user: Any, visit: Any) -> Admin:
    """The host's Flask-Admin, in its stock layout."""

    class Signed(AdminIndexView):  # type: ignore[misc]
        def is_accessible(self) -> bool:
            return bool(current_user.is_authenticated)

    class Users(ModelView):  # type: ignore[misc]
        column_searchable_list = ("name",)
        can_export = True

        def is_accessible(self) -> bool:
            return bool(current_user.is_authenticated)

    class Visits(BaseView):  # type: ignore[misc]
        @expose("/")
        def index(self) -> Any:
            # Written before the menu is drawn, committed after it.
            db.session.add(visit(page="visits"))
            return self.render("admin/master.html")

        def is_accessible(self) -> bool:
            return bool(current_user.is_authenticated)

    @app.after_request
    def commit(response: Response) -> Response:
        if request.path == "/admin/visits/":
            db.session.commit()
        return response

    admin = Admin(app, name="Host", theme=Bootstrap4Theme(swatch="flatly"), index_view=Signed())
    admin.add_view(Users(user, db, endpoint="user"))
    admin.add_view(Visits(name="Visits", endpoint="visits"))
    return admin
