"""An index by which the tickets of one person are found."""

from __future__ import annotations

from alembic import op

from flask_sgsupport.migrations.steps import create_indexes

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    create_indexes("sgsupport_ticket", {"ix_sgsupport_ticket_requester": ["requester_id", "pk"]})


def downgrade() -> None:
    op.drop_index("ix_sgsupport_ticket_requester", "sgsupport_ticket", if_exists=True)
