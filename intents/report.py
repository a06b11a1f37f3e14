"""The evaluation as a page with plots: reliability, coverage against risk, confusion, the hardest questions."""

import base64
import html
import io
from pathlib import Path
from typing import Any

import numpy as np

from intents.evaluate import Comparison, Results, coverage_against_risk

_STYLE = (
    "body{font:16px/1.6 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse}"
    "td,th{padding:.2rem .8rem;border-bottom:1px solid #ccc;text-align:left}img{max-width:100%}"
)


def write_report(target: Path, name: str, version: str, results: Results, comparison: Comparison | None = None) -> None:
    """Write one self-contained HTML file; with ``comparison`` another model stands beside this one."""
    import matplotlib as mpl

    mpl.use("Agg")
    figures = "".join(f"<tr><td>{html.escape(k)}<td>{v:.4f}" for k, v in results.figures.items())
    kinds = "".join(f"<tr><td>{html.escape(k)}<td>{a}/{b}<td>{a / b:.3f}" for k, (a, b) in sorted(results.kinds.items()))
    hardest = "".join(
        f"<tr><td>{html.escape(question.text)}<td>{'、'.join(map(str, sorted(question.items)))}"
        f"<td>{meant.candidates[0].group}<td>{meant.confidence:.2f}"
        for question, meant in results.hardest[:40]
    )
    plots = "".join(f'<img alt="{title}" src="data:image/png;base64,{_png(draw, results)}">' for title, draw in _PLOTS)
    page = (
        f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>评测报告</title><style>{_STYLE}</style>'
        f"<h1>评测报告</h1><p>{html.escape(name)}，模型 {html.escape(version)}</p>"
        f"<h2>分类</h2><table>{kinds}</table><h2>问题</h2><table>{figures}</table><h2>图</h2>{plots}"
        f"<h2>最难的问题</h2><table><tr><th>问题<th>应为<th>判为<th>把握</tr>{hardest}</table>"
        f"{_compared(comparison) if comparison else ''}</html>"
    )
    target.write_text(page, encoding="utf-8")


def _compared(comparison: Comparison) -> str:
    figures = "".join(
        f"<tr><td>{html.escape(name)}<td>{a:.4f}<td>{b:.4f}<td>{a - b:+.4f}" for name, (a, b) in comparison.figures.items()
    )
    differences = "".join(
        f"<tr><td>{html.escape(d.question.text)}<td>{'、'.join(map(str, sorted(d.question.items)))}"
        f"<td>{d.first[0]}{' ✓' if d.right[0] else ''}<td>{d.first[1]}{' ✓' if d.right[1] else ''}"
        for d in comparison.differences
    )
    return (
        f"<h2>两个模型并排</h2><table><tr><th><th>现在的<th>另一个<th>差</tr>{figures}</table>"
        f"<h2>判得不一样的问题</h2><table><tr><th>问题<th>应为<th>现在的<th>另一个</tr>{differences}</table>"
    )


def _png(draw: Any, results: Results) -> str:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 4), dpi=110, layout="constrained")
    draw(figure.add_subplot(), results)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return base64.b64encode(buffer.getvalue()).decode()


def _reliability(axes: Any, results: Results) -> None:
    edges = np.clip((results.confidence * 10).astype(int), 0, 9)
    bins = [b for b in range(10) if (edges == b).any()]
    axes.plot([0, 1], [0, 1], color="0.7")
    axes.plot([results.confidence[edges == b].mean() for b in bins], [results.right[edges == b].mean() for b in bins], "o-")
    axes.set(title="reliability", xlabel="confidence", ylabel="share right", xlim=(0, 1), ylim=(0, 1.02))


def _risk(axes: Any, results: Results) -> None:
    curve = coverage_against_risk(results.confidence, results.right) or [(0.0, 0.0)]
    axes.plot([c for c, _ in curve], [r for _, r in curve])
    axes.set(title="coverage against risk", xlabel="share answered", ylabel="share of them wrong", xlim=(0, 1))


def _confusion(axes: Any, results: Results) -> None:
    names = [f"{a} as {b}" for a, b, _ in results.confused[:15]][::-1]
    axes.barh(names, [n for _, _, n in results.confused[:15]][::-1])
    axes.set(title="items taken for others", xlabel="questions")


_PLOTS = (("可靠性", _reliability), ("覆盖率与差错率", _risk), ("混淆", _confusion))
