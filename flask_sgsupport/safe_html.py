"""Markdown and HTML made safe: the only place that makes Markup.

Sources are stored as they were typed and rendered on output. Typed text is never a template, so
``{{ x|y }}`` comes out byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

import css_inline
import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markupsafe import Markup, escape

MAX_RENDER_CHARS = 20_000
"""A longer source is shown as it is: the parser's time grows with the square of some inputs."""

MAX_TABLE_CELLS = 5_000
"""Rows by columns: a larger table stays text, since the parser fills every row to the width of the first."""
MAX_BRACKETS = 2_000
"""A source with more opening brackets is shown as it is: each may begin a link, as only the end of the text tells."""

_BARE = "bare"
_EXCERPT_SOURCE_CHARS = 2_000
_HEADINGS = {"h1": "h3", "h2": "h4", "h3": "h5", "h4": "h6", "h5": "h6"}

_LIST_ENDS = {"bullet_list_close", "ordered_list_close"}
_BLOCK_ENDS = {"paragraph_close", "heading_close", "table_close", "blockquote_close", "fence", "code_block", "hr"}

_TAGS = {
    *("a", "blockquote", "br", "code", "del", "em", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "s"),
    *("strong", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
_SCHEMES = {"http", "https", "mailto"}
_LINK_REL = "noopener noreferrer nofollow ugc"
_CLEANER = nh3.Cleaner(tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel=_LINK_REL)
# Of a text with places set apart; nothing that is typed makes a <b>.
_APART_CLEANER = nh3.Cleaner(tags={*_TAGS, "b"}, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel=_LINK_REL)

# Nothing is fetched, whatever a template links to: mails are written by a worker that must not wait.
_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False)


# What follows the scheme of a bare address; one longer than that stays text.
_NOT_IN_ADDRESSES = r"\s<>\[\]\"`\\\u200b-\u200f\u2028-\u202e\u2066-\u2069、。，；：！？「」『』（）《》【】"
_BARE_ADDRESS = re.compile(rf"://\w[^{_NOT_IN_ADDRESSES}]{{0,2000}}+(?![^{_NOT_IN_ADDRESSES}])")
_SCHEME = re.compile(r"(?<!\w)https?\Z", re.IGNORECASE)
_ENDS_A_SENTENCE = ".,;:!?*_~'’”»…|}"


def _link_bare_address(state: StateInline, silent: bool) -> bool:  # noqa: FBT001  # the parser's own signature
    """Make a link of ``https://…`` as it is typed, up to the punctuation of the sentence around it."""
    start, rest = _SCHEME.search(state.pending[-6:]), _BARE_ADDRESS.match(state.src, state.pos)
    # A label of a link is looked through silently first: whether it holds an address makes no difference to it.
    if silent or state.linkLevel or not start or not rest:
        return False
    scheme, after = start.group(), _without_end(rest.group())
    address = scheme + after
    href = state.md.normalizeLink(address)
    if not state.md.validateLink(href):
        return False
    state.pending = state.pending[: -len(scheme)]
    state.push("link_open", "a", 1).attrs = {"href": href}
    state.tokens[-1].markup = _BARE
    state.push("text", "", 0).content = address
    state.push("link_close", "a", -1)
    state.pos += len(after)
    return True


def _without_end(address: str) -> str:
    while address[-1] in _ENDS_A_SENTENCE or (address[-1] == ")" and address.count(")") > address.count("(")):
        address = address[:-1]
    return address


# What begins markup within a line; and where a value is the first in its line, or follows upon typed text.
_MARKUP = re.compile(r"[\\`*_\[\]<~|]|:(?=//)|&(?=#?\w+;)|\A[#+\-=>:/().!&]")
_LIST_NUMBER = re.compile(r"\A\d+(?=[.)])")


def _parser(*rules: str) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(list(rules))
    parser.inline.ruler.after("text", "bare_address", _link_bare_address)
    return parser


_PARSER = _parser("table", "strikethrough")
_TABLELESS = _parser("strikethrough")


@lru_cache(maxsize=256)
def markdown(source: str) -> Markup:
    """Render Markdown as safe HTML: no raw HTML, no images, no target, headings below the page's own.

    Beyond ``MAX_RENDER_CHARS`` or ``MAX_BRACKETS`` the source is returned escaped in a ``<pre>``.
    """
    if _is_too_much(source):
        return Markup("<pre>{}</pre>").format(source)
    html = _PARSER.renderer.render(_blocks(source), _PARSER.options, {})
    return Markup(_CLEANER.clean(html))  # noqa: S704  # this is the room that may


def markdown_with(source: str, find: Callable[[str], Sequence[tuple[int, int]]]) -> Markup:
    """As `markdown`, with each place that is found set apart as ``<b>``; what stands in code or a link is left.

    :param find: begin and end of each place in a text, in order.
    """
    if _is_too_much(source):
        return markdown(source)
    tokens = _blocks(source)
    for token in tokens:
        if token.children:
            token.children = list(_set_apart(token.children, find))
    html = _PARSER.renderer.render(tokens, _PARSER.options, {})
    return Markup(_APART_CLEANER.clean(html))  # noqa: S704  # this is the room that may


def _set_apart(tokens: Iterable[Token], find: Callable[[str], Sequence[tuple[int, int]]]) -> Iterator[Token]:
    in_link = False
    for token in tokens:
        if token.type in ("link_open", "link_close"):
            in_link = token.type == "link_open"
        if token.type != "text" or in_link:
            yield token
            continue
        text, at = token.content, 0
        for begin, end in find(text):
            yield Token("text", "", 0, content=text[at:begin])
            yield Token("set_apart_open", "b", 1)
            yield Token("text", "", 0, content=text[begin:end])
            yield Token("set_apart_close", "b", -1)
            at = end
        yield Token("text", "", 0, content=text[at:])


def plain(source: str) -> str:
    """Return the text of a Markdown source, for the text part of a mail: links followed by their address.

    Beyond ``MAX_RENDER_CHARS`` or ``MAX_BRACKETS`` the source is returned as it is.
    """
    if _is_too_much(source):
        return source
    return _text(source, links=True)


def excerpt(source: str, max_chars: int = 140) -> str:
    """Return the first words of a Markdown source on one line of at most ``max_chars`` characters."""
    # Lists show many excerpts, so only the beginning is parsed.
    head = source[: max(_EXCERPT_SOURCE_CHARS, 4 * max_chars)]
    text = " ".join(_text(head, links=False).split())
    if len(text) <= max_chars:
        return text
    words = text[:max_chars].rpartition(" ")[0]
    return (words if len(words) > max_chars // 2 else text[: max_chars - 1]).rstrip() + "…"


def marked(text: str, places: Iterable[tuple[int, int]]) -> Markup:
    """The text, escaped, with ``<mark>`` around these places: begin and end of each, in order."""
    parts, at = [Markup()], 0
    for begin, end in places:
        parts.append(Markup("{}<mark>{}</mark>").format(text[at:begin], text[begin:end]))
        at = end
    return Markup().join([*parts, text[at:]])


def excerpt_around(source: str, find: Callable[[str], Sequence[tuple[int, int]]], max_chars: int = 140) -> Markup:
    """Return words of a Markdown source around the first place that is found in it, with every place marked.

    :param find: begin and end of each place in a text, in order.
    """
    places = find(source)
    if not places:
        return escape(excerpt(source, max_chars))
    begin = places[0][0]
    start, end = _word_before(source, begin - 2 * max_chars), begin + 4 * max_chars
    text = " ".join(_text(source[start:end], links=False).split())
    if not (places := find(text)):
        # It stands where nobody reads it, in the address of a link.
        text = " ".join(source[start:end].split())
        places = find(text)
    begin = places[0][0] if places else 0
    first = _word_before(text, begin - max_chars // 3) if len(text) > max_chars else 0
    last = first + max_chars
    if last < len(text):
        last = max(text.rfind(" ", first, last), *(min(stop, last) for __, stop in places[:1]))
    shown = marked(text[first:last], [(at - first, min(stop, last) - first) for at, stop in places if at < last])
    before, after = start or first, last < len(text) or end < len(source)
    return Markup("{}{}{}").format("…" if before else "", shown, "…" if after else "")


def _word_before(text: str, place: int) -> int:
    """Where the word begins in which a place is; that place itself in what has no spaces."""
    found = text.rfind(" ", max(place - 100, 0), max(place, 0)) + 1
    return found or (place if place > 100 else 0)


def as_text(value: str) -> str:
    """A value as Markdown that shows it letter by letter: one line that is no markup, wherever in a text it stands."""
    return _LIST_NUMBER.sub(r"\g<0>\\", _MARKUP.sub(r"\\\g<0>", " ".join(value.split())))


def linked(sentence: str, part: str, url: str) -> Markup:
    """The sentence, escaped, where each occurrence of ``part`` leads to ``url``."""
    link = Markup('<a href="{url}">{part}</a>').format(url=url, part=part)
    return link.join(sentence.split(part))


_TYPED = (
    r"flask support(?: db)? [a-z]+(?: --[a-z]+(?: [A-Z-]+)?)?",
    r'app\.config\["\w+"\](?: = "[^"]*")?',
    r"(?<![\w.])[\w.]+\([^()]*\)",
    r"@support\.\w+",
    r"(?<![A-Z_])[A-Z]+(?:_[A-Z]+)+",
)
"""Commands, lines of an app, names of settings; each begins where a word does, or a long one is read once a letter."""


def with_ways(sentence: str, urls: Mapping[str, str]) -> Markup:
    """The sentence, escaped, where each part that has an address leads there, and what is to be typed is code."""
    parts = re.split(f"({'|'.join([*map(re.escape, urls), *_TYPED])})", sentence)
    for at in range(1, len(parts), 2):
        shape = Markup('<a href="{url}">{part}</a>') if parts[at] in urls else Markup("<code>{part}</code>")
        parts[at] = shape.format(part=parts[at], url=urls.get(parts[at]))
    return Markup("").join(parts)


def inline_styles(html: str) -> str:
    """Move the rules of ``<style>`` into style attributes, as mail programs want them; loads nothing from anywhere."""
    return _INLINER.inline(html)


def _is_too_much(source: str) -> bool:
    return len(source) > MAX_RENDER_CHARS or source.count("[") > MAX_BRACKETS


def _blocks(source: str) -> list[Token]:
    """Parse, with headings below those of the page and images turned into links."""
    lines = source.split("\n")
    cells = len(lines) * (1 + max(line.count("|") for line in lines))
    tokens = (_PARSER if cells <= MAX_TABLE_CELLS else _TABLELESS).parse(source)
    for token in tokens:
        token.tag = _HEADINGS.get(token.tag, token.tag)
        if token.children:
            token.children = list(_images_as_links(token.children))
    return tokens


def _images_as_links(tokens: Iterable[Token]) -> Iterator[Token]:
    """Offer an image as a link to it: a picture loaded from elsewhere tells its server who reads the ticket."""
    in_link = False
    for token in tokens:
        if token.type in ("link_open", "link_close"):
            in_link = token.type == "link_open"
        if token.type != "image":
            yield token
            continue
        address = str(token.attrGet("src") or "")
        label = Token("text", "", 0, content=_inline_text(token.children or [], links=False) or address)
        if in_link:
            yield label
        else:
            yield from (Token("link_open", "a", 1, attrs={"href": address}), label, Token("link_close", "a", -1))


def _text(source: str, *, links: bool) -> str:
    page = _Page()
    for token in _blocks(source):
        page.mark(token)
        page.write(token, links=links)
        page.end(token)
    return "\n".join(page.lines).strip("\n")


class _Page:
    """Blocks written as lines, behind the marks of the lists and quotes they stand in."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.marks: list[str] = []
        self.cells: list[str] | None = None

    def mark(self, token: Token) -> None:
        match token.type:
            case "list_item_open":
                self.marks.append(f"{token.info}{token.markup} " if token.info else "- ")
            case "blockquote_open":
                self.marks.append("> ")
            case "list_item_close" | "blockquote_close":
                self.marks.pop()

    def write(self, token: Token, *, links: bool) -> None:
        match token.type:
            case "tr_open":
                self.cells = []
            case "tr_close":
                self._line(" | ".join(self.cells or []))
                self.cells = None
            case "inline" if self.cells is not None:
                self.cells.append(_inline_text(token.children or [], links=links))
            case "inline":
                self._lines(_inline_text(token.children or [], links=links))
            case "fence" | "code_block":
                self._lines(token.content.rstrip("\n"))
            case "hr":
                self._line("---")

    def end(self, token: Token) -> None:
        """Leave an empty line after a block, but not inside tight lists nor after a list that stands in another."""
        ends = token.type in _BLOCK_ENDS and not token.hidden
        ends_list = token.type in _LIST_ENDS and not self.marks
        if (ends or ends_list) and self.lines and self.lines[-1]:
            self.lines.append("")

    def _lines(self, text: str) -> None:
        for line in text.split("\n"):
            self._line(line)

    def _line(self, line: str) -> None:
        self.lines.append(("".join(self.marks) + line).rstrip())
        # A list's mark stands before its first line only, a quote's before each.
        self.marks = [mark if mark == "> " else " " * len(mark) for mark in self.marks]


def _inline_text(tokens: Iterable[Token], *, links: bool) -> str:
    parts: list[str] = []
    opened: list[tuple[int, str]] = []
    for token in tokens:
        match token.type:
            case "link_open":
                typed_bare = token.markup == _BARE
                opened.append((len(parts), "" if typed_bare else str(token.attrGet("href") or "")))
            case "link_close":
                start, address = opened.pop()
                if links and address and "".join(parts[start:]) != address.removeprefix("mailto:"):
                    parts.append(f" ({address})")
            case "softbreak" | "hardbreak":
                parts.append("\n")
            case _:
                parts.append(token.content)
    return "".join(parts)


def drawn(svg: str) -> Markup:
    """A drawing that `flask_sgsupport.charts` made, whose words it has escaped."""
    return Markup(svg)  # noqa: S704
