"""What decides where tickets go, kept by leads."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .metadata import LONG_TEXT, PK, TABLE_OPTIONS, Base


class Rule(Base):
    """One rule; `flask_sgsupport.rules.Rule` is it as it is run."""

    __tablename__ = "sgsupport_rule"
    __table_args__ = (
        UniqueConstraint("key", name="uq_sgsupport_rule_key"),
        UniqueConstraint("revision", name="uq_sgsupport_rule_revision"),
        TABLE_OPTIONS,
    )

    pk: Mapped[int] = mapped_column(PK, primary_key=True)
    key: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(100))
    acts: Mapped[str] = mapped_column(String(200))
    """What sets it off: words of `flask_sgsupport.rules.ACTS`, separated by spaces."""
    conditions: Mapped[str] = mapped_column(LONG_TEXT)
    """JSON of `flask_sgsupport.conditions.Conditions`."""
    actions: Mapped[str] = mapped_column(LONG_TEXT)
    """JSON: names of `flask_sgsupport.rules.ACTIONS` and their values."""
    stop: Mapped[bool] = mapped_column(Boolean)
    active: Mapped[bool] = mapped_column(Boolean)
    position: Mapped[int] = mapped_column(Integer)
    revision: Mapped[int] = mapped_column(BigInteger)
    """A number that grows with every change of any rule: the largest tells whether one was changed since."""
