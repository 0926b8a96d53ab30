"""When each ticket is due, and when the clock has to tell of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from flask_sgsupport.migrations.steps import LONG_TEXT, MOMENT, add_column, create_indexes, drop_column

revision = "0011"
down_revision = "0010"

TICKET = "sgsupport_ticket"
INDEXES = {
    "ix_sgsupport_ticket_status_due": ["status", "addressed", "due_at", "pk"],
    "ix_sgsupport_ticket_due": ["addressed", "due_at", "pk"],
    "ix_sgsupport_ticket_alarm": ["alarm_at", "pk"],
}
COLUMNS = ("target", "response_due_at", "resolution_due_at", "due_at", "alarm_at")


def upgrade() -> None:
    add_column(TICKET, sa.Column("target", LONG_TEXT, nullable=True))
    add_column(TICKET, sa.Column("response_due_at", MOMENT, nullable=True))
    add_column(TICKET, sa.Column("resolution_due_at", MOMENT, nullable=True))
    # Far ahead where nothing is due: a column that lists are sorted by holds no NULL.
    add_column(TICKET, sa.Column("due_at", MOMENT, nullable=False, server_default="9999-12-31 00:00:00.000000"))
    add_column(TICKET, sa.Column("alarm_at", MOMENT, nullable=True))
    create_indexes(TICKET, INDEXES)


def downgrade() -> None:
    # The way forward begins without clocks: tickets get theirs with the next change of queue or priority.
    for name in INDEXES:
        op.drop_index(name, TICKET, if_exists=True)
    for name in COLUMNS:
        drop_column(TICKET, name)
