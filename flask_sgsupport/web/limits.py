"""How much a request to the panel may bring, and what is said where it brings more."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import RequestEntityTooLarge

from ..errors import SupportError
from ..i18n import gettext as _
from ..settings import state
from ..web.guard import SAFE_METHODS, ForgedRequest, error_page, secured
from .frame import bare

TEXT_BYTES = 1_000_000
"""Room for everything in a form that is no file."""

UPLOADS = frozenset({"sgsupport.open", "sgsupport.follow_up", "sgsupport.preview"})


def keep_within_limits(blueprint: Blueprint) -> None:
    """Limit the size of requests and answer larger ones by pages of ours, also where the host reads the form first."""
    # Runs before every before_request function, so before a CSRFProtect of the host reads the form.
    blueprint.url_value_preprocessor(_prepare)
    blueprint.register_error_handler(RequestEntityTooLarge, _too_large)
    blueprint.register_error_handler(CSRFError, _forged)


def _prepare(endpoint: str | None, values: dict[str, Any] | None) -> None:
    settings = state().settings
    if endpoint in UPLOADS and request.mimetype == "multipart/form-data":
        request.max_content_length = settings.max_file_bytes * settings.max_files_per_message + TEXT_BYTES
    elif request.method not in SAFE_METHODS:
        # A form of this kind is read at once, whatever MAX_FORM_MEMORY_SIZE says.
        request.max_content_length = min(request.max_content_length or TEXT_BYTES, TEXT_BYTES)
    for name, value in (values or {}).items():
        if isinstance(value, str) and values is not None:
            # PostgreSQL refuses a NUL as an error of ours; no ticket has this character in its number.
            values[name] = value.replace("\x00", "\ufffd")


def _too_large(error: Exception) -> Response:
    sentence = _("That was too much at once. Send fewer or smaller files.")
    return secured(error_page(bare, SupportError(sentence), status=413))


def _forged(error: Exception) -> Response:
    sentence = _("This form is too old or was not sent from here. Go back, reload the page and send it again.")
    return secured(error_page(bare, ForgedRequest(sentence)))
