"""Let an index find tickets by their priority, the oldest of each first."""

from __future__ import annotations

from alembic import op

from flask_sgsupport.migrations.steps import create_indexes

revision = "0022"
down_revision = "0021"

TICKET = "sgsupport_ticket"
INDEXES = {
    "ix_sgsupport_ticket_status_priority": ["status", "addressed", "priority", "created_at", "pk"],
    "ix_sgsupport_ticket_priority": ["addressed", "priority", "created_at", "pk"],
}


def upgrade() -> None:
    create_indexes(TICKET, INDEXES)


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, TICKET, if_exists=True)
