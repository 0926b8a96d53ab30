"""The Support panel: where operators open tickets and follow them up."""

from __future__ import annotations

from flask import Blueprint
from flask.blueprints import BlueprintSetupState

from ..settings import State
from ..web.limits import keep_within_limits
from .frame import bare
from .host_pages import desk_link
from .views import add_routes


def panel_blueprint(host: State) -> Blueprint:
    """The blueprint ``sgsupport``: panel pages, downloads, and the static files of panel and inbox.

    Without a panel (``SGSUPPORT_PANEL``) its pages are left out and the rest stays.
    """
    blueprint = Blueprint(
        "sgsupport",
        "flask_sgsupport",
        url_prefix=host.settings.panel_url_prefix,
        template_folder="templates",
        static_folder="static/sgsupport",
        static_url_path="/static",
    )
    add_routes(blueprint, panel=host.settings.panel)
    keep_within_limits(blueprint, uploads=frozenset({"open", "carry", "follow_up", "preview"}), page=bare)
    blueprint.record_once(_give_to_templates)
    return blueprint


def _give_to_templates(setup: BlueprintSetupState) -> None:
    """What ``sgsupport/host.html`` calls; a name the host uses already stays the host's."""
    setup.app.jinja_env.globals.setdefault("sgsupport_desk", desk_link)
