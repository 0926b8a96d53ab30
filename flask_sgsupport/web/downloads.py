"""Attachments are downloads, whatever their name: never shown by the browser as a page of this site."""

from __future__ import annotations

import logging

from flask import Response, send_file

from ..errors import Busy, NotFound
from ..i18n import gettext as _
from ..queries.files import StoredAttachment
from ..settings import state
from ..storage import FileMissing

log = logging.getLogger("flask_sgsupport.web")


def download(file: StoredAttachment) -> Response:
    """The file with our type and its readable name.

    :raises NotFound: the storage has lost it.
    :raises Busy: the storage cannot be read now.
    """
    try:
        stream = state().storage.open(file.storage_key)
    except FileMissing as error:
        raise NotFound(_("This file is no longer there.")) from error
    except Exception as error:
        # A storage of the app's own may say it in any way.
        log.exception("A file could not be opened")
        raise Busy(_("This file cannot be read now; please try again.")) from error
    response = send_file(stream, mimetype=file.content_type, as_attachment=True, download_name=file.name, max_age=0)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "no-store, private"
    return response
