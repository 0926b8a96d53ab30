"""Colleagues of the requester who follow a ticket."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from flask_sgsupport.migrations.steps import MOMENT, PK, create_table, drop_table_without_rows

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    create_table(
        "sgsupport_customer_follower",
        sa.Column("ticket_pk", PK, autoincrement=False, nullable=False),
        sa.Column("host_id", sa.String(64), nullable=False),
        sa.Column("person_pk", PK, nullable=False),
        sa.Column("since_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("ticket_pk", "host_id", name=op.f("pk_sgsupport_customer_follower")),
        sa.ForeignKeyConstraint(
            ["ticket_pk"],
            ["sgsupport_ticket.pk"],
            name=op.f("fk_sgsupport_customer_follower_ticket_pk"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_pk"], ["sgsupport_person.pk"], name=op.f("fk_sgsupport_customer_follower_person_pk")
        ),
        indexes={"ix_sgsupport_customer_follower_host_id": ["host_id", "ticket_pk"]},
    )


def downgrade() -> None:
    drop_table_without_rows("sgsupport_customer_follower")
