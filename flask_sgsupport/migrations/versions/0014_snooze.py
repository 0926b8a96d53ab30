"""Tickets snoozed until a time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from flask_sgsupport.migrations.steps import MOMENT, add_column, create_indexes, drop_column

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    add_column("sgsupport_ticket", sa.Column("snoozed_until", MOMENT, nullable=True))
    create_indexes("sgsupport_ticket", {"ix_sgsupport_ticket_snoozed": ["snoozed_until"]})


def downgrade() -> None:
    # An older release knows no such tickets: they are back in its lists.
    op.drop_index("ix_sgsupport_ticket_snoozed", "sgsupport_ticket", if_exists=True)
    drop_column("sgsupport_ticket", "snoozed_until")
