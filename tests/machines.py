"""What state machines over a desk share: each walk begins with the same people and queues, on a copy of one file."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from hypothesis.stateful import RuleBasedStateMachine

from tests.kept import put_back
from tests.services import Database
from tests.world import START, Host, build_host, dispose, populate


@contextmanager
def host_to_walk(folder: Path, **options: Any) -> Iterator[Host]:
    """A host for the machines of a module, and the file each walk begins with."""
    host = build_host(f"sqlite:///{folder}/desk.sqlite", folder, **options)
    populate(host)
    dispose(host)
    shutil.copy(folder / "desk.sqlite", folder / "desk.before")
    yield host
    dispose(host)


class DeskMachine(RuleBasedStateMachine):
    """A walk over a desk, in an app context of its own; ``host`` is set by the test.

    ``database`` is, too, where it is that of a server: it is put back to how it was filled.
    """

    host: ClassVar[Host]
    database: ClassVar[Database | None] = None

    def __init__(self) -> None:
        super().__init__()
        if self.database is None:
            folder = Path(self.host.app.instance_path)
            shutil.copy(folder / "desk.before", folder / "desk.sqlite")
        else:
            assert put_back(self.database, self.database.filling.kind), "the walk before changed the tables themselves"
        self.host.clock.at = START
        self.context = self.host.app.app_context()
        self.context.push()

    def teardown(self) -> None:
        """Leave the context, and ask whether everything holds while it is known which walk led there."""
        self.host.db.session.remove()
        self.context.pop()
        dispose(self.host)
