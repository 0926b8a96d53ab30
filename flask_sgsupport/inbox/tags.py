"""What is offered to whoever types a tag."""

from __future__ import annotations

from typing import Any

from flask import jsonify
from flask_admin import expose

from ..queries.tags import tags_in_use
from ..web.asking import agent_asking


class TagPages:
    """Tags for the script of a field; part of `InboxView`."""

    @expose("/tags")
    def tags(self: Any) -> Any:
        """Those in use."""
        return jsonify(tags=tags_in_use(agent_asking()))
