"""The report as a Word document.

To be called apart (see bot.apart): the libraries for documents and plots would stay in a serving worker's memory.
"""

import io
from typing import Any

_BODY, _HEADINGS = "仿宋", "黑体"
_STYLES = (("#17694a", "-"), ("#b3211b", "--"), ("#1a4f8f", ":"))
_STYLE_WORDS = ("实线、深色", "虚线、浅色", "点线")


def write_document(report: dict[str, Any]) -> bytes:
    """The document; ``report``: Report.as_json()."""
    from docx import Document
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt, RGBColor

    document = Document()
    for name, font, size in (("Normal", _BODY, 12), ("Heading 1", _HEADINGS, 14), ("Title", _HEADINGS, 22)):
        style = document.styles[name]
        style.font.name, style.font.size, style.font.color.rgb = "Times New Roman", Pt(size), RGBColor(0, 0, 0)
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.6)
    title = document.add_paragraph(report["title"], style="Title")
    subtitle = document.add_paragraph(report["subtitle"])
    title.alignment = subtitle.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for part in report["sections"]:
        document.add_heading(part["heading"], level=1)
        for words in part["paragraphs"]:
            paragraph = document.add_paragraph(words)
            paragraph.paragraph_format.first_line_indent = Pt(24)
            paragraph.paragraph_format.line_spacing = 1.5
        for plot in part["plots"]:
            document.add_picture(io.BytesIO(_png(plot)), width=Cm(15))
            document.paragraphs[-1].alignment = WD_ALIGN_PARAGRAPH.CENTER
            named = "；".join(f"{_STYLE_WORDS[k]}：{name}" for k, (name, _) in enumerate(plot["series"]))
            _caption(document, f"{plot['caption']}（{named}）")
        for table in part["tables"]:
            _caption(document, table["caption"])
            _table(document, table)
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def _caption(document: Any, words: str) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.keep_with_next = True
    paragraph.add_run(words).font.size = Pt(10.5)


def _table(document: Any, given: dict[str, Any]) -> None:
    from docx.shared import Pt

    table = document.add_table(rows=1, cols=len(given["headers"]), style="Table Grid")
    rows = [given["headers"], *given["rows"]]
    for _ in given["rows"]:
        table.add_row()
    for k, cells in enumerate(rows):
        for cell, words in zip(table.rows[k].cells, cells, strict=True):
            run = cell.paragraphs[0].add_run(words)
            run.font.size, run.bold = Pt(10), k == 0
    document.add_paragraph()


def _png(plot: dict[str, Any]) -> bytes:
    """The plot with digits only: no font for Chinese need be installed; names stand in the caption."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(7, 2.8), dpi=200, layout="constrained")
    axes = figure.subplots()
    places = range(len(plot["x"]))
    count = len(plot["series"])
    for k, (_, values) in enumerate(plot["series"]):
        colour, line = _STYLES[k]
        if plot["kind"] == "bar":
            width = 0.8 / count
            shifted = [place + (k - (count - 1) / 2) * width for place in places]
            axes.bar(shifted, values, width, color=colour, alpha=1 if k == 0 else 0.55, hatch=None if k == 0 else "//")
        else:
            axes.plot(places, values, line, color=colour, marker="o", markersize=4)
    axes.set_xticks(list(places), plot["x"])
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", alpha=0.3)
    written = io.BytesIO()
    figure.savefig(written, format="png")
    return written.getvalue()
