"""The Support panel: where operators open tickets and follow them up."""

from __future__ import annotations

from flask import Blueprint

from ..settings import State
from .views import add_routes


def panel_blueprint(host: State) -> Blueprint:
    """The blueprint ``sgsupport``: panel pages, downloads, and the static files of panel and inbox."""
    blueprint = Blueprint(
        "sgsupport",
        "flask_sgsupport",
        url_prefix=host.settings.panel_url_prefix,
        template_folder="templates",
        static_folder="static/sgsupport",
        static_url_path="/static",
    )
    add_routes(blueprint)
    return blueprint
