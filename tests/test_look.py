"""The look keeps its promises: contrast in both schemes, rules within our own classes, nothing inline."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "flask_sgsupport"
CSS = re.sub(r"/\*.*?\*/", "", (PACKAGE / "static/sgsupport/sgsupport.css").read_text(), flags=re.DOTALL)
SCRIPT = (PACKAGE / "static/sgsupport/sgsupport.js").read_text()
# The HTML of mails wears its styles inline, so it is not among the pages.
PAGES = [
    path for path in sorted((PACKAGE / "templates/sgsupport").rglob("*.html")) if "notifications" not in path.parts
]
TOKENS = {
    name: (light, dark)
    for name, light, dark in re.findall(r"--sg-([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", CSS)
}
GROUNDS = ("bg", "surface", "sunken")
TEXT_ON_GROUND = [
    *((text, ground) for text in ("text", "muted", "accent", "danger") for ground in (*GROUNDS, "customer-bg")),
    *((text, "accent-soft") for text in ("text", "muted", "accent", "danger")),
    ("open", "open-bg"),
    ("resolved", "resolved-bg"),
    ("text", "resolved-bg"),
    ("resolved", "surface"),
    ("closed", "closed-bg"),
    ("closed", "surface"),
    ("closed", "sunken"),
    ("wait", "wait-bg"),
    ("danger", "danger-bg"),
    ("note-text", "note-bg"),
    ("text", "note-bg"),
    ("muted", "note-bg"),
    ("accent", "note-bg"),
    *(("on-solid", ground) for ground in ("primary", "primary-hover", "green", "green-hover", "badge")),
]
EDGES_ON_GROUND = [(edge, ground) for edge in ("line-input", "accent") for ground in GROUNDS]


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb`` as WCAG 2 defines it."""
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_computed_as_wcag_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT_ON_GROUND)
def test_text_is_readable_on_its_ground(text: str, ground: str, scheme: int) -> None:
    ratio = contrast(TOKENS[text][scheme], TOKENS[ground][scheme])
    assert ratio >= 4.5, f"{text} on {ground} is {ratio:.2f}:1"


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("edge", "ground"), EDGES_ON_GROUND)
def test_edges_of_controls_and_focus_can_be_seen(edge: str, ground: str, scheme: int) -> None:
    ratio = contrast(TOKENS[edge][scheme], TOKENS[ground][scheme])
    assert ratio >= 3, f"{edge} on {ground} is {ratio:.2f}:1"


def test_navigation_bar_of_our_own_base_is_readable() -> None:
    bar = CSS[CSS.index("\n.sg-adminbar {") :]
    ground = re.search(r"background: (#\w{6})", bar)
    texts = re.findall(r"(?<![\w-])color: (#\w{6})", bar)
    assert ground and texts
    assert min(contrast(text, ground[1]) for text in texts) >= 4.5


def top_level_selectors() -> list[str]:
    """Each selector that stands outside every rule; those within are nested, hence under their parent."""
    selectors, depth, start = [], 0, 0
    flat = re.sub(r"@media[^{]*\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}", r"\1", CSS[CSS.index("\n.sg {") + 1 :])
    for at, char in enumerate(flat):
        if char == "{":
            if depth == 0:
                selectors += re.split(r",(?![^(]*\))", flat[start:at])
            depth += 1
        elif char == "}":
            depth -= 1
            start = at + 1
    return [selector.strip() for selector in selectors]


def test_no_rule_reaches_outside_our_own_elements() -> None:
    ours = re.compile(r"(\.sg[\w-]*|#sg-main)([:\s\[.>)]|$)")
    selectors = top_level_selectors()
    assert ".sg" in selectors
    assert [selector for selector in selectors if not ours.search(selector)] == []


def test_custom_properties_and_classes_wear_the_prefix() -> None:
    assert [name for name in re.findall(r"(?<![\w-])--([\w-]+)", CSS) if not name.startswith("sg-")] == []
    others = {"container", "container-fluid", "navbar"} | {"axis"}  # of the host's framework, and of the drawn charts
    assert set(re.findall(r"\.([a-z][\w-]*)(?=[\s,:{.>\[)])", CSS)) - others == {
        name for name in re.findall(r"\.(sg(?:-[\w-]+)?)(?=[\s,:{.>\[)])", CSS)
    }


def test_directions_are_logical() -> None:
    edges = (
        r"(?:margin|padding|border)-(?:left|right)|text-align: (?:left|right)|(?<![\w-])(?:left|right|float): (?!none)"
    )
    assert re.findall(edges, CSS) == []


def test_motion_and_both_schemes_are_asked_for() -> None:
    assert "prefers-reduced-motion: reduce" in CSS
    assert ".sg-page, .sg-scheme-auto { color-scheme: light dark; }" in CSS


@pytest.mark.parametrize("path", PAGES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_pages_have_nothing_inline(path: Path) -> None:
    text = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)
    assert re.findall(r"<[^>]*\son[a-z]+\s*=|<[^>]*\sstyle\s*=|javascript:|<style", text) == []
    assert [tag for tag in re.findall(r"<script[^>]*>", text) if "src=" not in tag] == []


def test_script_needs_no_eval_and_writes_no_style() -> None:
    assert re.findall(r"\beval\(|new Function|\.style\b|document\.write", SCRIPT) == []
