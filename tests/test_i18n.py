"""Texts are English without flask-babel and in the reader's language with it."""

from __future__ import annotations

import copy
import io
import json
import pickle
import re
import runpy
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from babel.messages import Catalog, Message, mofile, pofile
from flask import Flask, g, render_template_string, request

from flask_sgsupport import i18n
from flask_sgsupport.directory import UserDirectory
from flask_sgsupport.extension import Support
from flask_sgsupport.i18n import (
    MONTHS,
    SHORT_MONTHS,
    format_bytes,
    format_datetime,
    format_duration,
    format_near,
    format_number,
    format_short,
    gettext,
    language,
    lazy_gettext,
    ngettext,
)
from tests.installed import ROOT, run
from tests.test_extension import bare_app

BESIDE = Path(sys.prefix) / "i18n"
"""Where `make` puts flask-babel."""
CATALOGUES = sorted(i18n.TRANSLATIONS.glob("*/LC_MESSAGES/sgsupport.po"))
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w+\}")

HELLO = lazy_gettext("Hello %(name)s")
APRIL = MONTHS[3]
MOMENT = datetime(2026, 4, 22, 14, 3, 59, tzinfo=UTC)


def test_texts_are_english_without_an_app() -> None:
    assert gettext("Open") == "Open"
    assert gettext("Hello %(name)s", name="Ann") == "Hello Ann"
    assert ngettext("%(num)d ticket", "%(num)d tickets", 1) == "1 ticket"
    assert ngettext("%(num)s ticket of %(name)s", "%(num)s tickets of %(name)s", 2, name="Ann") == "2 tickets of Ann"


def test_a_text_without_values_may_hold_percent_signs() -> None:
    assert gettext("100 % sure") == "100 % sure"


@pytest.mark.parametrize("typed", ["%(name)s", "{{ 7*7 }}", "{name}", "%s", "<b>"])
def test_values_are_never_templates(typed: str) -> None:
    assert gettext("Hello %(name)s", name=typed) == f"Hello {typed}"


def test_texts_are_english_in_an_app_without_babel() -> None:
    app = Flask(__name__)
    with app.app_context():
        assert gettext("Hello %(name)s", name="Ann") == "Hello Ann"
        assert render_template_string("{{ a }}|{{ a ~ '!' }}|{{ '%s' % a }}", a=APRIL) == "April|April!|April"


def test_a_lazy_text_is_shown_like_any_text() -> None:
    assert str(APRIL) == "April"
    assert f"{APRIL:>6}" == " April"
    assert "{}".format(APRIL) == "April"  # noqa: UP032
    assert json.dumps({"month": APRIL}) == '{"month": "April"}'
    assert HELLO % {"name": "Ann"} == "Hello Ann"
    assert gettext(HELLO, name="Ann") == "Hello Ann"
    assert {APRIL: 1}["April"] == 1
    assert copy.deepcopy(APRIL) == pickle.loads(pickle.dumps(APRIL)) == "April"  # noqa: S301


def test_a_lazy_text_is_escaped_in_a_page() -> None:
    app = Flask(__name__)
    with app.app_context():
        assert render_template_string("{{ text }}", text=lazy_gettext("<b>")) == "&lt;b&gt;"


def test_moments_are_utc_whatever_their_zone() -> None:
    assert format_datetime(MOMENT) == "22 April 2026, 14:03 UTC"
    assert format_datetime(MOMENT.replace(tzinfo=None)) == "22 April 2026, 14:03 UTC"
    assert format_datetime(MOMENT.astimezone(timezone(timedelta(hours=12)))) == "22 April 2026, 14:03 UTC"
    assert format_short(MOMENT) == "22 Apr 2026, 14:03"
    assert len(MONTHS) == len(SHORT_MONTHS) == 12


def test_the_least_of_a_time_still_says_its_zone() -> None:
    assert format_near(MOMENT, MOMENT + timedelta(minutes=5)) == "14:03 UTC"
    assert format_near(MOMENT, MOMENT + timedelta(days=2)) == "Wed 14:03 UTC"
    assert format_near(MOMENT, MOMENT + timedelta(days=30)) == "22 Apr"


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (timedelta(0), "0 m"),
        (timedelta(seconds=59), "0 m"),
        (timedelta(minutes=12), "12 m"),
        (timedelta(hours=3, minutes=12), "3 h 12 m"),
        (timedelta(hours=48), "2 d 0 h"),
        (timedelta(days=400, hours=5, minutes=59), "400 d 5 h"),
        (timedelta(minutes=-90), "-1 h 30 m"),
        (timedelta(seconds=-30), "0 m"),
    ],
)
def test_durations_show_their_two_greatest_parts(duration: timedelta, text: str) -> None:
    assert format_duration(duration) == text


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0 Bytes"),
        (1, "1 Byte"),
        (999, "999 Bytes"),
        (84_000, "84 kB"),
        (1_500_000, "1.5 MB"),
        (20_000_000, "20 MB"),
    ],
)
def test_sizes_are_in_decimal_units(size_bytes: int, text: str) -> None:
    assert format_bytes(size_bytes) == text


def test_the_folder_of_catalogues_is_part_of_the_package() -> None:
    assert i18n.TRANSLATIONS.is_dir()


def read(catalogue: Path) -> Catalog:
    """The texts of a file of either kind."""
    with catalogue.open("rb") as file:
        return pofile.read_po(file) if catalogue.suffix in {".po", ".pot"} else mofile.read_mo(file)


def forms(text: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """A text, or the singular and the plurals of it."""
    return (text,) if isinstance(text, str) else tuple(text)


def messages(catalogue: Catalog) -> list[Message]:
    """The texts without the header."""
    return [message for message in catalogue if message.id]


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The texts that are in the code now."""
    template = tmp_path_factory.mktemp("texts") / "sgsupport.pot"
    runpy.run_path(str(ROOT / "scripts" / "translations.py"))["extract"](template)
    return read(template)


def test_there_is_a_german_catalogue() -> None:
    assert "de" in {path.parts[-3] for path in CATALOGUES}


def test_every_template_calls_its_texts_as_the_extractor_knows_them() -> None:
    templates = Path(i18n.__file__).parent / "templates"
    assert [path.name for path in templates.rglob("*.*") if "sg.gettext(" in path.read_text("utf-8")] == []


every_catalogue = pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda path: path.parts[-3])


@every_catalogue
def test_a_catalogue_has_the_texts_of_the_code(catalogue: Path, collected: Catalog) -> None:
    compiled = {forms(message.id): message for message in messages(read(catalogue.with_suffix(".mo")))}
    texts = [forms(message.id) for message in messages(collected)]
    missing = [text for text in texts if text not in compiled or not all(forms(compiled[text].string))]
    # A word may change before it is translated; the text is English then.
    assert len(missing) <= len(texts) / 20, f"run python scripts/translations.py and translate {missing}"


@every_catalogue
def test_a_translation_takes_the_values_of_its_source(catalogue: Path) -> None:
    for message in messages(read(catalogue.with_suffix(".mo"))):
        for text in forms(message.string):
            wanted = {tuple(sorted(PLACEHOLDER.findall(source))) for source in forms(message.id)}
            assert tuple(sorted(PLACEHOLDER.findall(text))) in wanted, (message.id, text)


@every_catalogue
def test_what_is_compiled_is_what_was_translated(catalogue: Path) -> None:
    written = [message for message in messages(read(catalogue)) if all(forms(message.string)) and not message.fuzzy]
    compiled = {forms(message.id): forms(message.string) for message in messages(read(catalogue.with_suffix(".mo")))}
    assert compiled == {forms(message.id): forms(message.string) for message in written}


def test_flask_babel_is_asked_for_by_its_extra_only() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = {name for name, wanted in project["optional-dependencies"].items() if "flask-babel" in str(wanted)}
    assert "flask-babel" not in str(project["dependencies"])
    assert extras == {"i18n"}


@pytest.fixture
def flask_babel(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The library, found after Flask-Admin was imported without it, so that it stays as it is in every other test."""
    assert "flask_admin.babel" in sys.modules
    monkeypatch.syspath_prepend(BESIDE)
    return pytest.importorskip("flask_babel", reason="flask-babel is an extra")


class TestWithBabel:
    """The same texts in a host that has set flask-babel up."""

    @pytest.fixture
    def app(self, flask_babel: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
        catalog = Catalog(locale="de", domain="sgsupport")
        catalog.add("April", "Der April")
        catalog.add("Hello %(name)s", "Hallo %(name)s")
        catalog.add(("%(num)d ticket", "%(num)d tickets"), ("%(num)d Anfrage", "%(num)d Anfragen"))
        folder = tmp_path / "de" / "LC_MESSAGES"
        folder.mkdir(parents=True)
        written = io.BytesIO()
        mofile.write_mo(written, catalog)
        (folder / "sgsupport.mo").write_bytes(written.getvalue())
        monkeypatch.setattr(i18n, "TRANSLATIONS", tmp_path)
        i18n._domain.cache_clear()
        app = Flask(__name__)
        flask_babel.Babel(app, locale_selector=lambda: request.args.get("locale"))
        yield app
        i18n._domain.cache_clear()

    def test_whole_numbers_are_those_of_the_language_of_the_texts(self, app: Flask) -> None:
        assert [format_number(one) for one in (0, 999, 20_000, 1_234_567)] == ["0", "999", "20,000", "1,234,567"]
        for locale, text in (("de", "1.234.567"), ("en", "1,234,567"), ("fr", "1,234,567")):
            with app.test_request_context(query_string={"locale": locale}):
                assert format_number(1_234_567) == text

    def test_texts_follow_the_locale_of_the_request(self, app: Flask) -> None:
        for locale, spoken, hello, tickets in (
            ("de", "de", "Hallo Ann", "2 Anfragen"),
            ("de_AT", "de-AT", "Hallo Ann", "2 Anfragen"),
            ("en", "en", "Hello Ann", "2 tickets"),
            ("fr", "en", "Hello Ann", "2 tickets"),
        ):
            with app.test_request_context(query_string={"locale": locale}):
                assert language() == spoken
                assert gettext("Hello %(name)s", name="Ann") == hello
                assert gettext(HELLO, name="Ann") == hello
                assert HELLO % {"name": "Ann"} == hello
                assert ngettext("%(num)d ticket", "%(num)d tickets", 2) == tickets

    def test_lazy_texts_and_dates_are_translated_when_shown(self, app: Flask) -> None:
        with app.test_request_context(query_string={"locale": "de"}):
            assert f"{APRIL}" == str(APRIL) == "%s" % APRIL == "Der April"  # noqa: UP031
            assert render_template_string("{{ month }}", month=APRIL) == "Der April"
            assert format_datetime(MOMENT) == "22 Der April 2026, 14:03 UTC"

    def test_an_empty_text_stays_empty(self, app: Flask) -> None:
        with app.test_request_context(query_string={"locale": "de"}):
            assert gettext("") == ""

    def test_a_selector_that_needs_a_request_harms_no_worker(self, app: Flask) -> None:
        with app.app_context():
            assert gettext("Hello %(name)s", name="Ann") == "Hello Ann"

    def test_a_selector_that_needs_what_a_request_left_harms_no_worker(self, flask_babel: Any) -> None:
        app = Flask(__name__)
        flask_babel.Babel(app, locale_selector=lambda: g.lang)
        with app.app_context():
            assert gettext("Hello %(name)s", name="Ann") == "Hello Ann"

    @pytest.mark.parametrize("strict", [False, True], ids=["with a default", "without"])
    def test_the_check_of_the_first_request_leaves_its_page_the_language_of_the_host(
        self, flask_babel: Any, caplog: pytest.LogCaptureFixture, *, strict: bool
    ) -> None:
        app, db, user = bare_app(SECRET_KEY="x" * 32, MAIL_DEFAULT_SENDER="no address")
        flask_babel.Babel(app, locale_selector=lambda: g.lang if strict else g.get("lang", "en"))
        Support(directory=UserDirectory(user, account_id="account_id")).init_app(app, db, admin=[])
        app.before_request(lambda: setattr(g, "lang", "de"))
        app.add_url_rule("/", "home", lambda: str(flask_babel.get_locale()))
        assert [app.test_client().get("/").text for _ in range(2)] == ["de", "de"]
        [told] = [record for record in caplog.records if record.name.startswith("flask_sgsupport")]
        assert 'MAIL_DEFAULT_SENDER must be an e-mail address like "support@example.com"' in told.getMessage()
        assert "The LoginManager of the app has no user_loader" in told.getMessage()

    def test_a_forced_locale_counts_in_a_worker(self, app: Flask, flask_babel: Any) -> None:
        with app.app_context(), flask_babel.force_locale("de"):
            assert gettext("Hello %(name)s", name="Ann") == "Hallo Ann"


def seen_in(language: str, folder: Path) -> dict[str, Any]:
    """What the readers of a host see that has flask-babel among its libraries."""
    host = ROOT / "tests" / "hosts" / "with_babel.py"
    libraries = f"{ROOT}:{BESIDE}"
    said = run(sys.executable, "-W", "error", host, folder, language, cwd=folder, PYTHONPATH=libraries)
    seen: dict[str, Any] = json.loads(said.splitlines()[-1])
    return seen


@pytest.mark.usefixtures("flask_babel")
def test_a_german_reader_sees_german_on_every_side(tmp_path: Path) -> None:
    seen = seen_in("de", tmp_path)
    mails = "\n".join(seen.pop("mails"))
    for page, text in (
        ("panel", "Ticket eröffnen"),
        ("ticket", "Ihnen"),
        ("form", "Was der Support sehen wird"),
        ("missing", "Hier gibt es kein Ticket TKT-2026-1."),
        ("inbox", "Kein offenes Ticket. Schön."),
        ("inbox ticket", "hat das Ticket als gelöst markiert"),
    ):
        assert text in unescape(seen[page]), page
        assert '<html lang="de">' in seen[page], page
        assert "Skip to the content" not in seen[page]
    for key in ("Strg</span> K", "Strg</span>+K", "Strg</span>+Umschalt+Enter"):
        assert key in seen["inbox"], key
    assert "Wir haben Ihre Anfrage erhalten" in mails
    assert "Es wird am 24. April 2026, 14:03 UTC geschlossen, wenn Sie nicht antworten." in mails


@pytest.mark.usefixtures("flask_babel")
def test_a_language_without_a_catalogue_is_english_and_says_so(tmp_path: Path) -> None:
    seen = seen_in("fr", tmp_path)
    assert "Open ticket" in seen["panel"]
    assert '<html lang="en">' in seen["panel"]
    assert any("We have your request" in mail for mail in seen["mails"])
