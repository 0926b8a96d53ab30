"""Attachments, for whoever may see the message they hang on now."""

from __future__ import annotations

from flask import Response

from ..errors import NotAllowed, NotFound
from ..queries.files import file_of
from ..web.asking import agent_asking, customer
from ..web.downloads import download


def file(key: str) -> Response:
    """One file, for an operator of its account or an agent of its ticket; what is not theirs is not there."""
    try:
        return download(file_of(customer(), None, key))
    except (NotFound, NotAllowed) as refused:
        try:
            return download(file_of(agent_asking(), None, key))
        except NotAllowed:
            raise refused from None
