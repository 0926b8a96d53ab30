"""Charts as SVG, drawn on the server by `leather`: they need no script, and follow the colours of the page.

A chart says nothing its table does not say; so it is one image to a screen reader.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import leather

WIDTH, HEIGHT = 720, 240
SEEN = f"0 10 {WIDTH} {HEIGHT - 35}"
"""Without the margins the library leaves above and below."""
COLORS = ("var(--sg-accent)", "var(--sg-wait)")
DASHES = ("none", "6,4")
TICKS, MOST_LINES = 8, 4
"""So many days or weeks are named below a chart at most."""
COUNTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000)
"""Between the lines of a chart of numbers."""
TIMES = tuple(minutes * 60 for minutes in (1, 5, 15, 30, 60, 120, 240, 480, 720, 1_440, 2_880, 10_080, 43_200, 129_600))
"""And of one of times, in seconds."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart; ``None`` is a place without a value."""

    name: str
    values: Sequence[float | None]


def lines(
    series: Sequence[Line],
    labels: Sequence[str],
    *,
    title: str,
    worded: Callable[[float], str],
    steps: Sequence[int] = COUNTS,
) -> str:
    """A chart with a line for each series over the same places; empty where there is no value at all.

    :param labels: of the places.
    :param worded: what a value is called beside the chart.
    :param steps: what may lie between its lines.
    """
    top = max((value for one in series for value in one.values if value is not None), default=None)
    if top is None:
        return ""
    chart = leather.Chart()
    for place, one in enumerate(series):
        points = [(at, value) for at, value in enumerate(one.values) if value is not None]
        color, dash = COLORS[place % len(COLORS)], DASHES[place % len(DASHES)]
        if len(points) == 1:
            chart.add_dots(points, name=one.name, fill_color=color)
        elif points:
            chart.add_line(points, name=one.name, stroke_color=color, stroke_dasharray=dash)
    step = next((one for one in steps if one * MOST_LINES >= top), math.ceil(top / MOST_LINES))
    most = step * max(math.ceil(top / step), 1)
    chart.add_x_scale(0, max(len(labels) - 1, 1))
    chart.add_y_scale(0, most)
    every = -(-len(labels) // TICKS)
    named = list(range(0, len(labels), every))
    chart.add_x_axis(ticks=named, tick_formatter=lambda value, place, count: labels[int(value)])
    ticks = [step * number for number in range(round(most / step) + 1)]
    chart.add_y_axis(ticks=ticks, tick_formatter=lambda value, place, count: worded(float(value)))
    svg: str = chart.to_svg(width=WIDTH, height=HEIGHT)
    _, _, inside = svg.partition(">")
    label = re.sub(r'[<>&"]', "", title)
    return f'<svg class="sg-chart" viewBox="{SEEN}" role="img" aria-label="{label}">{inside}'
