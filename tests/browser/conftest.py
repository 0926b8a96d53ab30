"""The served product, and people who visit it; a test fails on anything their browsers complain of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.desk import Desk, serving
from tests.browser.visitor import PATIENCE_MS, Complaints, Scripts, Visitor
from tests.example_host import what_does_not_hold
from tests.smtp import Smtp

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

Visit = Callable[..., Visitor]

with_and_without_scripts = pytest.mark.parametrize("scripts", list(Scripts), ids=str, indirect=True)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One product for the tests of a module; each works on tickets of its own."""
    folder = tmp_path_factory.mktemp("desk")
    with Smtp() as smtp, serving(f"sqlite:///{folder}/desk.sqlite", folder, smtp) as desk:
        yield desk


@pytest.fixture(autouse=True)
def everything_holds(request: pytest.FixtureRequest) -> Iterator[None]:
    """After each test what must always hold is asked of the product's tables."""
    desk: Desk | None = request.getfixturevalue("desk") if "desk" in request.fixturenames else None
    yield
    assert desk is None or what_does_not_hold(desk.app) == []


@pytest.fixture
def scripts(request: pytest.FixtureRequest) -> Scripts:
    """Whether browsers run scripts: on, unless a test is made `with_and_without_scripts`."""
    return Scripts(getattr(request, "param", Scripts.ON))


@pytest.fixture
def visit(desk: Desk, browser: Browser, scripts: Scripts) -> Iterator[Visit]:
    """Let somebody in: ``visit(JEROME)``; what else is named goes to the browser, as its ``viewport``."""
    contexts: list[BrowserContext] = []
    complaints = Complaints(desk.url)

    def let_in(email: str, **options: Any) -> Visitor:
        context = browser.new_context(
            base_url=desk.url,
            java_script_enabled=scripts is Scripts.ON,
            reduced_motion="reduce",
            storage_state=desk.cookies.get(email),
            **options,
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        complaints.listen(context)
        visitor = Visitor(desk, context.new_page(), complaints, scripts)
        if email in desk.cookies:
            return visitor.goes_to("/")
        visitor.signs_in(email)
        desk.cookies[email] = context.storage_state()
        return visitor

    yield let_in
    for context in contexts:
        context.close()
    assert complaints.heard == []
