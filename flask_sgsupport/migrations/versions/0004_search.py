"""What a message is found by; the worker writes it for those that are there already."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from flask_sgsupport.migrations.steps import LONG_TEXT, add_column, drop_column
from flask_sgsupport.models.search_index import drop_index

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    add_column("sgsupport_message", sa.Column("searched", LONG_TEXT, nullable=True))


def downgrade() -> None:
    # It is written anew from the messages on the way forward.
    bind = op.get_bind()
    drop_index(bind)
    drop_column("sgsupport_message", "searched")
    bind.execute(sa.text("DELETE FROM sgsupport_heartbeat WHERE name = 'searched'"))
