"""Links between tickets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from flask_sgsupport.migrations.steps import PK, create_table, drop_table_without_rows

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    create_table(
        "sgsupport_ticket_link",
        sa.Column("first_pk", PK, nullable=False, autoincrement=False),
        sa.Column("second_pk", PK, nullable=False, autoincrement=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.PrimaryKeyConstraint("first_pk", "second_pk", name=op.f("pk_sgsupport_ticket_link")),
        sa.ForeignKeyConstraint(
            ["first_pk"], ["sgsupport_ticket.pk"], ondelete="CASCADE", name=op.f("fk_sgsupport_ticket_link_first_pk")
        ),
        sa.ForeignKeyConstraint(
            ["second_pk"], ["sgsupport_ticket.pk"], ondelete="CASCADE", name=op.f("fk_sgsupport_ticket_link_second_pk")
        ),
        sa.CheckConstraint("kind IN ('related', 'incident')", name=op.f("ck_sgsupport_ticket_link_kind")),
        indexes={"ix_sgsupport_ticket_link_second": ["second_pk", "first_pk"]},
    )


def downgrade() -> None:
    drop_table_without_rows("sgsupport_ticket_link")
