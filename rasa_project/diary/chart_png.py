"""The diary's curve as PNG, for front ends that take no SVG."""

from __future__ import annotations

import io

from rasa_project.care.history import Days
from rasa_project.care.progress_chart import MOST_PAIN, Chart

DPI = 150
INK, GRID, LINE, TICK = "#23303a", "#d9d4c8", "#17807a", "#d2460e"


def chart_png(chart: Chart, days: Days = Days()) -> bytes:
    """Return `chart` as a PNG of 960 by 450 pixels; its summary is in the file's description."""
    # Imported here: drawing takes a second and 30 MB that nobody pays who never asks for it.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 3.0), dpi=DPI, facecolor="white")
    axes = figure.add_axes((0.08, 0.17, 0.9, 0.78))
    moments = chart.moments
    ways = [(i, m.last) for i, m in enumerate(moments) if m.last is not None]
    axes.plot([i for i, _ in ways], [pain for _, pain in ways], color=LINE, linewidth=2)
    for i, moment in enumerate(moments):
        if moment.before is not None and moment.after is not None:
            axes.plot([i, i], [moment.before, moment.after], color=LINE, alpha=0.35, linewidth=5)
            axes.plot(i, moment.before, "o", color="white", markeredgecolor=LINE, markeredgewidth=2)
        if moment.last is not None:
            opened = moment.is_session and moment.after is None
            axes.plot(i, moment.last, "o", color="white" if opened else LINE, markeredgecolor=LINE, markeredgewidth=2)
            axes.annotate(str(moment.last), (i, moment.last), (6, 5), textcoords="offset points", color=INK, fontsize=9)
        if moment.exercises:
            axes.plot(i, -0.55, "s", color=TICK, markersize=4, clip_on=False)
    axes.set_ylim(-0.8, MOST_PAIN + 0.5)
    axes.set_xlim(-0.5, max(len(moments), 1) - 0.5)
    axes.set_yticks((0, 5, 10))
    every = 1 + (len(moments) - 1) // 7 if moments else 1
    shown = [i for i in range(len(moments)) if (len(moments) - 1 - i) % every == 0]
    axes.set_xticks(shown)
    axes.set_xticklabels([f"{days.of(moments[i].at).day} {days.of(moments[i].at):%b}" for i in shown], fontsize=8)
    axes.grid(axis="y", color=GRID)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.set_ylabel("pain", color=INK, fontsize=9)
    drawn = io.BytesIO()
    FigureCanvasAgg(figure).print_png(drawn, metadata={"Description": chart.summary})
    return drawn.getvalue()
