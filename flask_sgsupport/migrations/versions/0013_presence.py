"""Who has a ticket open."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from flask_sgsupport.migrations.steps import MOMENT, PK, create_table, drop_table_without_rows

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    create_table(
        "sgsupport_presence",
        sa.Column("ticket_pk", PK, nullable=False),
        sa.Column("host_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("writing", sa.Boolean(), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("ticket_pk", "host_id", name=op.f("pk_sgsupport_presence")),
        sa.ForeignKeyConstraint(
            ["ticket_pk"], ["sgsupport_ticket.pk"], name=op.f("fk_sgsupport_presence_ticket_pk"), ondelete="CASCADE"
        ),
        indexes={"ix_sgsupport_presence_seen": ["seen_at"]},
    )


def downgrade() -> None:
    drop_table_without_rows("sgsupport_presence")
