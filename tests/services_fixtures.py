"""Gives tests their services, leaves out those whose service is missing, and says at the end what ran where.

A test that asks for ``database_url`` runs on SQLite; marked ``every_database`` it runs three times. A test marked
``browser`` needs Chromium, which the fixture ``browser`` has started.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import private_mariadb
from tests.services import (
    BROWSER,
    DATABASES,
    Chromium,
    Database,
    Missing,
    Server,
    find,
    leave_embedded_postgresql,
    required,
)
from tests.smtp import Smtp

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FOLDER = pytest.StashKey[Path]()
RAN_ON = "ran on"
LEFT_OUT = "left out"


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """Let every worker of a run know the run's folder, where they share an embedded server."""
    node.workerinput["services_folder"] = str(node.config.stash[FOLDER])  # type: ignore[attr-defined]


def pytest_configure(config: pytest.Config) -> None:
    """Make the run's folder; where services are required, stop at once if one is missing."""
    if _is_worker(config):
        config.stash[FOLDER] = Path(config.workerinput["services_folder"])  # type: ignore[attr-defined]
        return
    config.stash[FOLDER] = folder = Path(tempfile.mkdtemp(prefix="sgsupport-tests-"))
    config.pluginmanager.register(Tally(), "services_tally")
    if required() and not config.option.collectonly:
        for name in (*DATABASES, BROWSER):
            service = find(name, folder)
            if isinstance(service, Missing):
                pytest.exit(f"REQUIRE_SERVICES=1, but {name} is missing: {service.reason}", returncode=3)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing running and nothing behind."""
    folder = config.stash.get(FOLDER, None)
    if folder is not None:
        leave_embedded_postgresql(folder)
        if not _is_worker(config):
            private_mariadb.stop(folder)
            shutil.rmtree(folder, ignore_errors=True)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that needs a database on the ones it is marked for."""
    only = metafunc.definition.get_closest_marker("only_on")
    every = metafunc.definition.get_closest_marker("every_database") is not None
    if "database_url" in metafunc.fixturenames:
        names = only.args if only else DATABASES if every else DATABASES[:1]
        metafunc.parametrize("database_url", names, indirect=True)
    elif every:
        pytest.fail(f"{metafunc.definition.nodeid} is marked every_database but uses no database_url", pytrace=False)


def _services_of(item: pytest.Item) -> list[str]:
    callspec = getattr(item, "callspec", None)
    names = [callspec.params["database_url"]] if callspec and "database_url" in callspec.params else []
    return [*names, BROWSER] if item.get_closest_marker("browser") else names


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what cannot run; last, so that no server is started for tests which were deselected."""
    for item in items:
        for name in _services_of(item):
            service = find(name, config.stash[FOLDER])
            if isinstance(service, Missing):
                item.add_marker(pytest.mark.skip(reason=f"no {name}: {service.reason}"))
                item.user_properties.append((LEFT_OUT, f"on {name}: {service.reason}"))
            else:
                item.user_properties.append((RAN_ON, str(service)))


class Tally:
    """Counts, where all reports arrive, what passed on which service, and what was left out why."""

    def __init__(self) -> None:
        self.passed: Counter[str] = Counter()
        self.left_out: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count one report."""
        if report.when == "call" and report.passed:
            self.passed.update(str(value) for key, value in report.user_properties if key == RAN_ON)
        elif report.skipped and not hasattr(report, "wasxfail"):
            reasons = [str(value) for key, value in report.user_properties if key == LEFT_OUT]
            self.left_out.update(reasons or [_skip_reason(report)])

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
        """Say it below everything but the closing line."""
        yield
        terminalreporter.section("services")
        for service, count in sorted(self.passed.items(), key=lambda entry: _order(entry[0])):
            terminalreporter.write_line(f"{count} passed on {service}")
        for reason, count in sorted(self.left_out.items()):
            terminalreporter.write_line(f"{count} left out {reason}", yellow=True)
        if not self.left_out:
            terminalreporter.write_line("nothing was left out for want of a service")


def _order(service: str) -> int:
    return next((place for place, name in enumerate(DATABASES) if service.startswith(name)), len(DATABASES))


def _skip_reason(report: pytest.TestReport) -> str:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return f"by the test: {reason.removeprefix('Skipped: ')}"


@pytest.fixture(scope="session")
def services_folder(pytestconfig: pytest.Config) -> Path:
    """A folder of this run, removed at its end."""
    return pytestconfig.stash[FOLDER]


@pytest.fixture(scope="session")
def databases(services_folder: Path) -> Iterator[dict[str, Database]]:
    """The databases of this process by name, made when a test first asks for one."""
    made: dict[str, Database] = {}
    yield made
    for database in made.values():
        database.drop()


@pytest.fixture
def database_url(request: pytest.FixtureRequest, databases: dict[str, Database], services_folder: Path) -> str:
    """The URL of an empty database: SQLite's, or in turn each of the three under ``every_database``.

    Where the test has a ``host``, whose fixture fills it, it is emptied then, if it cannot be put back to its filling.
    """
    if request.param not in databases:
        server = find(request.param, services_folder)
        assert isinstance(server, Server), server
        databases[request.param] = Database(server, services_folder)
    database = databases[request.param]
    Database.lent.clear()
    if database.filling is None or "host" not in request.fixturenames:
        database.empty()
    url = database.url.render_as_string(hide_password=False)
    if "host" in request.fixturenames and request.param != "sqlite":
        Database.lent[url] = database
    return url


@pytest.fixture
def smtp() -> Iterator[Smtp]:
    """A mail server of this test's own."""
    with Smtp() as server:
        yield server


@pytest.fixture(scope="session")
def chromium(services_folder: Path) -> Chromium:
    """The browser's path and version, for tests marked ``browser``."""
    found = find(BROWSER, services_folder)
    assert isinstance(found, Chromium), found
    return found


@pytest.fixture(scope="session")
def browser(chromium: Chromium) -> Iterator[Browser]:
    """A running Chromium, driven by Playwright; make a context of your own in it."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - half a second, for the tests that need it

    # As root Chromium refuses to start with its sandbox.
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium.path, args=flags)
        yield running
        running.close()
