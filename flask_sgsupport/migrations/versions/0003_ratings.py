"""How customers found the help."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from flask_sgsupport.migrations.steps import LONG_TEXT, MOMENT, PK, create_table, drop_table_without_rows

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    create_table(
        "sgsupport_rating",
        sa.Column("ticket_pk", PK, autoincrement=False, nullable=False),
        sa.Column("score", sa.String(10), nullable=False),
        sa.Column("comment", LONG_TEXT, nullable=False),
        sa.Column("person_pk", PK, nullable=True),
        sa.Column("rated_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=True),
        sa.Column("reopen_count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("ticket_pk", name=op.f("pk_sgsupport_rating")),
        sa.CheckConstraint("score IN ('good', 'bad')", name=op.f("ck_sgsupport_rating_score")),
        sa.ForeignKeyConstraint(["person_pk"], ["sgsupport_person.pk"], name=op.f("fk_sgsupport_rating_person_pk")),
        sa.ForeignKeyConstraint(
            ["ticket_pk"], ["sgsupport_ticket.pk"], name=op.f("fk_sgsupport_rating_ticket_pk"), ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    drop_table_without_rows("sgsupport_rating")
