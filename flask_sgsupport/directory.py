"""A ready directory for a SQLAlchemy user model: the columns are named in one call, what is not named has a default."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

from flask import current_app, has_request_context
from flask_login import current_user
from sqlalchemy import BigInteger, Boolean, ColumnElement, SmallInteger, false, func, or_, select

from .actors import Membership, Person
from .errors import ConfigurationError
from .i18n import gettext as _
from .settings import state

MAX_PEOPLE = 500

Column = str | Callable[[Any], Any] | None
"""Name of an attribute of the user model, or a function of the user."""


class UserDirectory:
    """The people of a host with one user model.

    :param model: the mapped class.
    :param account_id: attribute with the id of the person's one account; empty for the support team. Needed unless
        ``accounts`` is given.
    :param account_name: shown until the account hook says more.
    :param active: not named: everybody is. A column that is named and holds NULL says no, here and in the next three.
    :param support_access: not named: everybody of the account has it.
    :param owner: whether the person owns the account; not named: nobody does.
    :param host_owner: whether the person may make agents without being a lead; not named: nobody may.
    :param contact: "email", "in-app" or "both"; not named: both.
    :param accounts: for people in several accounts: a function of the user returning `Membership` values;
        replaces what the other columns say of the account.
    :param of_account: a function of an account's id returning its users; needed where no mapped column holds that id.
    :param current: returns the signed-in user; not named: Flask-Login's ``current_user``.
    :param acting: returns the user who impersonates the current one, or ``None``.

    Attributes that are mapped columns are searched in the database; properties work for everything but search.
    """

    def __init__(
        self,
        model: type[Any],
        *,
        id: str = "id",
        email: Column = "email",
        name: Column = "name",
        account_id: Column = None,
        account_name: Column = None,
        role: Column = None,
        active: Column = None,
        support_access: Column = None,
        owner: Column = None,
        host_owner: Column = None,
        contact: Column = None,
        accounts: Callable[[Any], Sequence[Membership]] | None = None,
        of_account: Callable[[str], Iterable[Any]] | None = None,
        current: Callable[[], Any] | None = None,
        acting: Callable[[], Any] | None = None,
    ) -> None:
        if account_id is None and accounts is None:
            raise ConfigurationError(
                f"UserDirectory needs to know the account of each {model.__name__}; "
                f'write UserDirectory({model.__name__}, account_id="account_id").'
            )
        self.model = model
        self._columns: dict[str, Column] = {
            "id": id,
            "email": email,
            "name": name,
            "account_id": account_id,
            "account_name": account_name,
            "role": role,
            "active": active,
            "support_access": support_access,
            "owner": owner,
            "host_owner": host_owner,
            "contact": contact,
        }
        for meaning, column in self._columns.items():
            if isinstance(column, str) and not hasattr(model, column):
                raise ConfigurationError(
                    f'{model.__name__} has no attribute "{column}"; '
                    f'name the one that holds the {meaning}: {meaning}="…".'
                )
        self._accounts = accounts
        self._of_account = of_account
        if of_account is None and (accounts is not None or self._mapped("account_id") is None):
            raise ConfigurationError(
                f"UserDirectory cannot ask the database for the people of an account of {model.__name__}; "
                "write of_account=…, a function that takes an account's id and returns its users."
            )
        self._current = current or _flask_login_user
        self._acting = acting

    def problem(self) -> str:
        """Why it cannot tell who is signed in, as a sentence that says what to write; empty where it can."""
        of_flask_login = self._current is _flask_login_user and type(self).current is UserDirectory.current
        return _login_problem() if of_flask_login else ""

    @property
    def names_accounts(self) -> bool:
        """Whether it was told what accounts are called."""
        return self._accounts is not None or self._columns["account_name"] is not None

    def current(self) -> Person | None:
        """Whoever is signed in to this request.

        :raises ConfigurationError: the app has no working Flask-Login and no ``current=``.
        """
        user = self._current() if has_request_context() else None
        if user is None:
            return None
        acting = self._acting() if self._acting else None
        return self._person(user, acting)

    def person(self, person_id: str) -> Person | None:
        """The person with that id; an id of another shape is nobody."""
        typed = self._as_column(self._id, person_id)
        user = None if typed is None else self._session.scalar(select(self.model).where(self._id == typed))
        return None if user is None else self._person(user)

    def by_email(self, email: str) -> Sequence[Person]:
        """Everybody with that address, compared without case."""
        column = self._mapped("email")
        if column is None or not email:
            return []
        return self._people(
            select(self.model).where(func.lower(column) == func.lower(email.strip())).order_by(self._id).limit(10)
        )

    def agent_candidates(self, words: str, limit: int) -> Sequence[Person]:
        """People whose name or address holds the words, without those who are switched off."""
        people = self._people(self._flagged(self._holding(words), "active").limit(MAX_PEOPLE))
        return [person for person in people if person.active][:limit]

    def find(self, words: str, limit: int) -> Sequence[Person]:
        """People with support access in some account whose name or address holds the words."""
        found, column = self._holding(words), self._mapped("account_id")
        if column is not None:
            found = found.where(column.is_not(None))
        people = self._people(self._flagged(found, "active", "support_access").limit(MAX_PEOPLE))
        return [one for one in people if one.active and any(place.may_use_support for place in one.accounts)][:limit]

    def _holding(self, words: str) -> Any:
        """Users whose name or address holds each of the words, by their ids."""
        found = select(self.model).order_by(self._id)
        columns = [column for column in (self._mapped("name"), self._mapped("email")) if column is not None]
        if words.strip() and not columns:
            return found.where(false())
        for word in words.split()[:5]:
            # The database folds both sides: SQLite knows no case of Ö or Ç, so at least as written they are found.
            found = found.where(or_(*(column.icontains(word, autoescape=True) for column in columns)))
        return found

    def _flagged(self, found: Any, *meanings: str) -> Any:
        """Those of them for whom these flags are set, as far as the database can tell."""
        for flag in map(self._mapped, meanings):
            if flag is not None and isinstance(flag.type, Boolean):
                found = found.where(flag.is_(True))
        return found

    def people_of(self, account_id: str) -> Sequence[Person]:
        """The people of an account with support access."""
        if self._of_account is not None:
            people = [self._person(user) for user in islice(self._of_account(account_id), MAX_PEOPLE)]
        else:
            column = self._mapped("account_id")
            typed = None if column is None else self._as_column(column, account_id)
            if typed is None:
                return []
            people = self._people(select(self.model).where(column == typed).order_by(self._id).limit(MAX_PEOPLE))
        return [
            person for person in people if person.active and (m := person.membership(account_id)) and m.may_use_support
        ]

    @property
    def _id(self) -> Any:
        return getattr(self.model, str(self._columns["id"]))

    @property
    def _session(self) -> Any:
        return state().db.session

    def _people(self, found: Any) -> list[Person]:
        return [self._person(user) for user in self._session.scalars(found)]

    def _as_column(self, column: Any, text: str) -> Any:
        """An id as the column holds it; ``None`` where it has another shape, or none so large can be there."""
        try:
            kind = column.type.python_type
        except NotImplementedError:
            return text
        try:
            typed = text if kind is str else kind(text)
        except (TypeError, ValueError):
            return None
        if not isinstance(typed, int):
            return typed
        # PostgreSQL compares in the column's own width; an INTEGER of SQLite holds 64 bits.
        narrow = self._session.get_bind(mapper=self.model).dialect.name == "postgresql"
        bits = 15 if isinstance(column.type, SmallInteger) else 63 if isinstance(column.type, BigInteger) else 31
        return None if abs(typed) >= 2 ** (bits if narrow else 63) else typed

    def _mapped(self, meaning: str) -> ColumnElement[Any] | None:
        column = self._columns[meaning]
        attribute = getattr(self.model, column) if isinstance(column, str) else None
        return attribute if hasattr(attribute, "type") else None

    def _value(self, user: Any, meaning: str, default: Any) -> Any:
        column = self._columns[meaning]
        if column is None:
            return default
        value = column(user) if callable(column) else getattr(user, column)
        return default if value is None else value

    def _flag(self, user: Any, meaning: str, *, not_named: bool) -> bool:
        """A named column that holds nothing says no."""
        return bool(self._value(user, meaning, default=False)) if self._columns[meaning] is not None else not_named

    def _person(self, user: Any, acting: Any = None) -> Person:
        email = self._value(user, "email", None)
        return Person(
            id=str(self._value(user, "id", "")),
            name=str(self._value(user, "name", "")),
            email=str(email) if email else None,
            active=self._flag(user, "active", not_named=True),
            accounts=tuple(self._accounts(user)) if self._accounts else self._membership(user),
            contact=str(self._value(user, "contact", "both")),
            host_owner=self._flag(user, "host_owner", not_named=False),
            acting=self._person(acting) if acting is not None else None,
        )

    def _membership(self, user: Any) -> tuple[Membership, ...]:
        account_id = self._value(user, "account_id", None)
        if account_id is None:
            return ()
        return (
            Membership(
                account_id=str(account_id),
                role=str(self._value(user, "role", "")),
                owner=self._flag(user, "owner", not_named=False),
                support_access=self._flag(user, "support_access", not_named=True),
                account_name=str(self._value(user, "account_name", "")),
            ),
        )


def _login_problem() -> str:
    manager = getattr(current_app, "login_manager", None)
    if manager is None:
        return _(
            "The app has no Flask-Login, so nobody can be told apart; write LoginManager(app), "
            "or UserDirectory(…, current=…) with a function that returns the signed-in user."
        )
    if manager.user_callback is None and manager.request_callback is None:
        return _(
            "The LoginManager of the app has no user_loader, so nobody can be told apart; write @login.user_loader."
        )
    return ""


def _flask_login_user() -> Any:
    problem = _login_problem()
    if problem:
        raise ConfigurationError(problem)
    user: Any = current_user
    return user._get_current_object() if user and user.is_authenticated else None
