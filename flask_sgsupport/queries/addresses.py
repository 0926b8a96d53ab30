"""Addresses that a page of the app and one of ours both take: one of the two is never reached."""

from __future__ import annotations

import re

from werkzeug.routing import Rule

from ..settings import State


def taken_twice(host: State) -> dict[tuple[str, str], str]:
    """Address and endpoint of pages of the app, each with the endpoint of ours that takes the same requests."""
    ours = ("sgsupport.", *(endpoint.removesuffix("inbox") for endpoint in host.admin_endpoints))
    places: dict[object, list[Rule]] = {}
    for rule in host.app.url_map.iter_rules():
        if not rule.build_only:
            places.setdefault(_place(rule), []).append(rule)
    return {
        (other.rule, other.endpoint): mine.endpoint
        for rules in places.values()
        for mine in rules
        for other in rules
        if mine.endpoint.startswith(ours) and not other.endpoint.startswith(ours) and _methods(mine) & _methods(other)
    }


_CONVERTER = re.compile(r"<(?:(\w+)(?:\([^>]*\))?:)?\w+>")


def _place(rule: Rule) -> tuple[object, ...]:
    """What two rules share that take the same requests: names of arguments do not count."""
    shape = _CONVERTER.sub(lambda found: f"<{found[1] if found[1] not in {None, 'default'} else 'string'}>", rule.rule)
    return rule.subdomain, rule.host, rule.websocket, re.sub("/{2,}", "/", shape)


def _methods(rule: Rule) -> set[str]:
    return set(rule.methods or ("GET", "POST")) - {"HEAD", "OPTIONS"}
