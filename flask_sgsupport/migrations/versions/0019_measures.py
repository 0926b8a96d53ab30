"""What reports count. The worker goes through the history of tickets that are there already."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from flask_sgsupport.migrations.steps import LONG_TEXT, MOMENT, PK, add_column, create_table, drop_column

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    create_table(
        "sgsupport_measure",
        sa.Column("pk", PK, nullable=False),
        sa.Column("ticket_pk", PK, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("seconds", sa.BigInteger(), nullable=False),
        sa.Column("business_seconds", sa.BigInteger(), nullable=False),
        sa.Column("queue_pk", PK, nullable=True),
        sa.Column("agent_pk", PK, nullable=True),
        sa.Column("word", sa.String(20), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("undone", sa.String(10), nullable=False),
        sa.Column("undone_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_sgsupport_measure")),
        sa.ForeignKeyConstraint(
            ["ticket_pk"],
            ["sgsupport_ticket.pk"],
            name=op.f("fk_sgsupport_measure_ticket_pk"),
            ondelete="CASCADE",
        ),
        indexes={
            "ix_sgsupport_measure_kind": ["kind", "at", "ticket_pk"],
            "ix_sgsupport_measure_ticket": ["ticket_pk", "kind"],
        },
    )
    add_column("sgsupport_ticket", sa.Column("course", LONG_TEXT, nullable=True))
    add_column("sgsupport_ticket", sa.Column("first_answered_at", MOMENT, nullable=True))


def downgrade() -> None:
    # It is made anew from the history on the way forward.
    for name in ("first_answered_at", "course"):
        drop_column("sgsupport_ticket", name)
    bind = op.get_bind()
    if sa.inspect(bind).has_table("sgsupport_measure"):
        op.drop_table("sgsupport_measure")
    bind.execute(sa.text("DELETE FROM sgsupport_heartbeat WHERE name = 'measured'"))
