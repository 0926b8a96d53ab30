"""What every test may use: the services and, built on them, the world."""

from __future__ import annotations

from importlib.util import find_spec

pytest_plugins = ["pytester", "tests.services_fixtures", "tests.installed"]
if find_spec("tests.world"):
    pytest_plugins.append("tests.world")
