"""What Canvas Commerce keeps: accounts with their sites, people, invoices and what was done when."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from flask_login import UserMixin
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Dialect, ForeignKey, String, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from werkzeug.security import check_password_hash, generate_password_hash


class Base(DeclarativeBase):
    """The declarative base of the product's own tables."""


db = SQLAlchemy(model_class=Base)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC: stored without zone, because SQLite drops it, and given back with it."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware moment into naive UTC."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give the stored moment its zone back."""
        return None if value is None else value.replace(tzinfo=UTC)


def utc_now() -> datetime:
    """The present moment, aware."""
    return datetime.now(UTC)


class Account(Base):
    """A customer of Canvas Commerce: a company with its sites and its people."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    plan: Mapped[str] = mapped_column(String(20))
    billing: Mapped[str] = mapped_column(String(120))

    sites: Mapped[list[Site]] = relationship(back_populates="account", order_by="Site.domain")
    people: Mapped[list[User]] = relationship(back_populates="account", order_by="User.name")
    invoices: Mapped[list[Invoice]] = relationship(back_populates="account", order_by="Invoice.issued_on.desc()")

    def __str__(self) -> str:
        """The name, as Flask-Admin shows it in lists and choices."""
        return self.name


class Site(Base):
    """A shop of an account, reached under one domain."""

    __tablename__ = "site"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    domain: Mapped[str] = mapped_column(String(200), unique=True)
    theme: Mapped[str] = mapped_column(String(60))
    theme_version: Mapped[int] = mapped_column(default=1)
    orders_last_week: Mapped[int] = mapped_column(default=0)
    sales_last_week: Mapped[int] = mapped_column(default=0, doc="Whole dollars.")

    account: Mapped[Account] = relationship(back_populates="sites")

    def __str__(self) -> str:
        """The domain, as Flask-Admin shows it in lists and choices."""
        return self.domain


class User(UserMixin, Base):
    """A person: an operator of one account, or, without account, of Canvas Commerce's own staff."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(40))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    is_owner: Mapped[bool] = mapped_column(default=False)
    support_access: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    contact_preference: Mapped[str] = mapped_column(String(10), default="both")
    password_hash: Mapped[str] = mapped_column(String(256), default="")

    account: Mapped[Account | None] = relationship(back_populates="people")

    @property
    def is_active(self) -> bool:
        """Whether the person may sign in, asked by Flask-Login on every request."""
        return self.active

    @property
    def is_support_lead(self) -> bool:
        """Runs the support team of Canvas Commerce."""
        return self.is_staff and self.role == "Support lead"

    @property
    def is_staff(self) -> bool:
        """Whether the person works for Canvas Commerce itself."""
        return self.account_id is None

    @property
    def may_ask_support(self) -> bool:
        """Whether the account's support desk is open to this person."""
        return not self.is_staff and (self.is_owner or self.support_access)

    def set_password(self, password: str) -> None:
        """Replace the password; only its hash is kept."""
        self.password_hash = generate_password_hash(password)

    def has_password(self, password: str) -> bool:
        """Whether ``password`` is this person's."""
        return bool(self.password_hash) and check_password_hash(self.password_hash, password)

    def __str__(self) -> str:
        """The name, as Flask-Admin shows it in lists and choices."""
        return self.name


class Activity(Base):
    """One thing a person did, in the words the dashboard shows: "theme update"."""

    __tablename__ = "activity"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))
    action: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    user: Mapped[User] = relationship()
    site: Mapped[Site | None] = relationship()

    __table_args__ = (db.Index("ix_activity_account_at", "account_id", "at"),)


class Invoice(Base):
    """What an account was charged for one month."""

    __tablename__ = "invoice"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    issued_on: Mapped[date]
    dollars: Mapped[int]
    paid: Mapped[bool] = mapped_column(default=True)

    account: Mapped[Account] = relationship(back_populates="invoices")

    def __str__(self) -> str:
        """The number, as Flask-Admin shows it in lists and choices."""
        return self.number
