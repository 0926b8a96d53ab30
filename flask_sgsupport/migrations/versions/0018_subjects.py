"""What of the host's a ticket is about."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from flask_sgsupport.migrations.steps import PK, create_table, drop_table_without_rows

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    create_table(
        "sgsupport_ticket_subject",
        sa.Column("ticket_pk", PK, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("ref", sa.String(100), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("ticket_pk", "position", name=op.f("pk_sgsupport_ticket_subject")),
        sa.ForeignKeyConstraint(
            ["ticket_pk"],
            ["sgsupport_ticket.pk"],
            name=op.f("fk_sgsupport_ticket_subject_ticket_pk"),
            ondelete="CASCADE",
        ),
        indexes={"ix_sgsupport_ticket_subject_ref": ["ref", "ticket_pk"]},
    )


def downgrade() -> None:
    drop_table_without_rows("sgsupport_ticket_subject")
