"""Agents who follow a ticket."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from flask_sgsupport.migrations.steps import MOMENT, PK, create_table, drop_table_without_rows

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    create_table(
        "sgsupport_follower",
        sa.Column("ticket_pk", PK, autoincrement=False, nullable=False),
        sa.Column("agent_pk", PK, autoincrement=False, nullable=False),
        sa.Column("since_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("ticket_pk", "agent_pk", name=op.f("pk_sgsupport_follower")),
        sa.ForeignKeyConstraint(
            ["ticket_pk"], ["sgsupport_ticket.pk"], name=op.f("fk_sgsupport_follower_ticket_pk"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["agent_pk"], ["sgsupport_agent.pk"], name=op.f("fk_sgsupport_follower_agent_pk"), ondelete="CASCADE"
        ),
        indexes={"ix_sgsupport_follower_agent": ["agent_pk", "ticket_pk"]},
    )


def downgrade() -> None:
    drop_table_without_rows("sgsupport_follower")
