"""Presses of the host's buttons."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from flask_sgsupport.migrations.steps import MOMENT, PK, create_table, drop_table_without_rows

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    create_table(
        "sgsupport_button_press",
        sa.Column("pk", PK, nullable=False),
        sa.Column("form_key", sa.String(64), nullable=True),
        sa.Column("ticket_pk", PK, nullable=False),
        sa.Column("button", sa.String(32), nullable=False),
        sa.Column("person_pk", PK, nullable=True),
        sa.Column("ticket_version", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(10), nullable=False),
        sa.Column("pressed_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_sgsupport_button_press")),
        sa.UniqueConstraint("form_key", name="uq_sgsupport_button_press_form_key"),
        sa.CheckConstraint(
            "outcome IN ('running', 'done', 'refused', 'failed')", name=op.f("ck_sgsupport_button_press_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_pk"],
            ["sgsupport_ticket.pk"],
            name=op.f("fk_sgsupport_button_press_ticket_pk"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_pk"], ["sgsupport_person.pk"], name=op.f("fk_sgsupport_button_press_person_pk")
        ),
        indexes={"ix_sgsupport_button_press_ticket": ["ticket_pk", "button", "pk"]},
    )


def downgrade() -> None:
    drop_table_without_rows("sgsupport_button_press")
