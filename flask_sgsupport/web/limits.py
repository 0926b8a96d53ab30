"""How much a request may bring, and what is said where it brings more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import RequestEntityTooLarge

from ..settings import state
from .guard import SAFE_METHODS, TEXT_BYTES, ForgedRequest, error_page, forged, secured, too_large
from .page import Page


def keep_within_limits(blueprint: Blueprint, *, uploads: frozenset[str], page: Callable[[], Page]) -> None:
    """Limit the size of requests and answer larger ones by pages of ours, also where the host reads the form first.

    :param uploads: the views that take files.
    :param page: makes what an error page needs, for the side of the desk the blueprint is on.
    """

    def prepare(endpoint: str | None, values: dict[str, Any] | None) -> None:
        view = (endpoint or "").rpartition(".")[2]
        _limit(takes_files=view in uploads)
        for name, value in (values or {}).items():
            if isinstance(value, str) and values is not None:
                # PostgreSQL refuses a NUL as an error of ours; no ticket has this character in its number.
                values[name] = value.replace("\x00", "\ufffd")

    # Runs before every before_request function, so before a CSRFProtect of the host reads the form.
    blueprint.url_value_preprocessor(prepare)
    blueprint.register_error_handler(
        RequestEntityTooLarge, lambda __: secured(error_page(page, too_large(), status=413))
    )
    blueprint.register_error_handler(CSRFError, lambda __: secured(forged(page, ForgedRequest())))


def _limit(*, takes_files: bool) -> None:
    settings = state().settings
    if takes_files and request.mimetype == "multipart/form-data":
        ours = settings.max_file_bytes * settings.max_files_per_message + TEXT_BYTES
        request.max_content_length = min(request.max_content_length or ours, ours)
    elif request.method not in SAFE_METHODS:
        # A form of this kind is read at once, whatever MAX_FORM_MEMORY_SIZE says.
        request.max_content_length = min(request.max_content_length or TEXT_BYTES, TEXT_BYTES)
    request.max_form_memory_size = min(request.max_form_memory_size or TEXT_BYTES, TEXT_BYTES)
