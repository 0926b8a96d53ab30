"""Tickets that have become a part of another."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from flask_sgsupport.migrations.steps import add_column, create_indexes

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    add_column("sgsupport_ticket", sa.Column("merged_into_id", sa.String(32), nullable=True))
    create_indexes("sgsupport_ticket", {"ix_sgsupport_ticket_merged_into": ["merged_into_id", "pk"]})


def downgrade() -> None:
    """An older release passes by the column; what is merged waits in it for the way forward."""
    op.drop_index("ix_sgsupport_ticket_merged_into", "sgsupport_ticket", if_exists=True)
