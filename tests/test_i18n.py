"""Texts are English without flask-babel and in the reader's language with it."""

from __future__ import annotations

import copy
import io
import json
import pickle
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from flask import Flask, render_template_string, request

from flask_sgsupport import i18n
from flask_sgsupport.i18n import (
    MONTHS,
    SHORT_MONTHS,
    format_bytes,
    format_datetime,
    format_duration,
    format_near,
    format_short,
    gettext,
    lazy_gettext,
    ngettext,
)

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


class TestWithBabel:
    """The same texts in a host that has set flask-babel up."""

    @pytest.fixture
    def app(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
        flask_babel = pytest.importorskip("flask_babel", reason="flask-babel is an extra")
        from babel.messages import Catalog, mofile  # noqa: PLC0415

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

    def test_texts_follow_the_locale_of_the_request(self, app: Flask) -> None:
        for locale, hello, tickets in (
            ("de", "Hallo Ann", "2 Anfragen"),
            ("en", "Hello Ann", "2 tickets"),
            ("fr", "Hello Ann", "2 tickets"),
        ):
            with app.test_request_context(query_string={"locale": locale}):
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

    def test_a_forced_locale_counts_in_a_worker(self, app: Flask) -> None:
        import flask_babel  # noqa: PLC0415

        with app.app_context(), flask_babel.force_locale("de"):
            assert gettext("Hello %(name)s", name="Ann") == "Hallo Ann"
