"""Whether the panel finds its place in the host's layout; asked at the start and by the health checks."""

from __future__ import annotations

from jinja2 import Environment, TemplateNotFound, nodes

from ..errors import ConfigurationError


def check_layout(environment: Environment, name: str) -> None:
    """See that the panel has a place in the host's layout.

    :raises ConfigurationError: no such template, or no block ``content`` in it; the sentence says what to write.
    """
    try:
        if not _has_place(environment, name, frozenset()):
            raise ConfigurationError(
                f'SGSUPPORT_PANEL_LAYOUT is "{name}", but that template has no block named content; '
                "write {% block content %}{% endblock %} where the Support panel is to stand."
            )
    except TemplateNotFound as error:
        raise ConfigurationError(
            f'SGSUPPORT_PANEL_LAYOUT is "{name}", but there is no template "{error.name}"; '
            "name the layout of your pages."
        ) from error


def _has_place(environment: Environment, name: str, seen: frozenset[str]) -> bool:
    loader = environment.loader
    if loader is None:
        raise TemplateNotFound(name)
    tree = environment.parse(loader.get_source(environment, name)[0], name)
    parent = next(tree.find_all(nodes.Extends), None)
    if parent is None:
        return any(block.name == "content" for block in tree.find_all(nodes.Block))
    # What stands outside the blocks of a template that extends another is never shown, so only a nested block counts.
    nested = (inner for block in tree.find_all(nodes.Block) for inner in block.find_all(nodes.Block))
    if any(block.name == "content" for block in nested):
        return True
    if not isinstance(parent.template, nodes.Const) or parent.template.value in seen:
        return True
    return _has_place(environment, str(parent.template.value), seen | {name})
