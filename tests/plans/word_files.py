"""Word documents for the tests, made when they are needed: a table of promises, Word's own lists, and hostile packages."""

import io
import zipfile
from typing import Any

import docx
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

TABLE = (
    ("序号", "领域", "项目名称", "建设内容", "责任单位", "配合单位"),
    ("1", "文化体育", "社区书屋", "新建24小时自助书屋9个", "区文旅局", "各街道"),
    ("2", "文化体育", "健身场地", "更新健身器材350件，新建笼式足球场4个", "区体育局", "区园林局、各街道"),
    ("3", "安居", "老旧小区", "改造铁西小区、东风里等18个老旧小区", "区住建局", "区财政局"),
    ("4", "安居", "消防安全", "为独居老人家庭安装烟感报警器2000个", "区民政局、区消防救援大队", ""),
)
HEADINGS = ("养老服务", "便民服务")
LISTED = (
    ("新建养老驿站6处，提供助餐助浴服务。（区民政局）", "为70岁以上老人免费乘坐公交车办理敬老卡。（区交通局、区民政局）"),
    ("在人民广场、北湖公园设置便民服务亭11个。（区城管局牵头，区商务局配合）", "完成智能快件箱进小区260组。（区邮政管理局）"),
)


def saved(document: Any) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def table_plan() -> bytes:
    """Fields in merged cells, departments in columns of their own."""
    document = docx.Document()
    document.add_paragraph("江南区人民政府文件")
    document.add_paragraph("江政发〔2025〕9号")
    document.add_paragraph("关于印发《江南区2025年民生实事项目清单》的通知")
    table = document.add_table(rows=0, cols=len(TABLE[0]))
    for row in TABLE:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    for first, last in ((1, 2), (3, 4)):
        title = TABLE[first][1]
        merged = table.cell(first, 1).merge(table.cell(last, 1))
        merged.text = title
    document.add_paragraph("江南区人民政府办公室 2025年1月8日印发")
    return saved(document)


def list_plan() -> bytes:
    """Fields are headings, items have numbers that Word draws and that stand in no text."""
    document = docx.Document()
    document.add_paragraph("河西区2026年为民实事工作方案")
    numbered = _numbering(document)
    for title, items in zip(HEADINGS, LISTED, strict=True):
        document.add_heading(title, 1)
        for text in items:
            paragraph = document.add_paragraph(text)
            reference = OxmlElement("w:numPr")
            for tag, value in (("w:ilvl", "0"), ("w:numId", numbered)):
                element = OxmlElement(tag)
                element.set(qn("w:val"), value)
                reference.append(element)
            paragraph._p.get_or_add_pPr().append(reference)
    return saved(document)


def _numbering(document: Any) -> str:
    """A list of Word's with the numbers 1、 2、 3、; its number."""
    root = document.part.numbering_part.element
    abstract = OxmlElement("w:abstractNum")
    abstract.set(qn("w:abstractNumId"), "90")
    level = OxmlElement("w:lvl")
    level.set(qn("w:ilvl"), "0")
    for tag, value in (("w:start", "1"), ("w:numFmt", "decimal"), ("w:lvlText", "%1、")):
        element = OxmlElement(tag)
        element.set(qn("w:val"), value)
        level.append(element)
    abstract.append(level)
    root.insert(0, abstract)
    number = OxmlElement("w:num")
    number.set(qn("w:numId"), "90")
    reference = OxmlElement("w:abstractNumId")
    reference.set(qn("w:val"), "90")
    number.append(reference)
    root.append(number)
    return "90"


def repacked(content: bytes, name: str, data: bytes) -> bytes:
    """The package with one part added or replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            if info.filename != name:
                new.writestr(info, old.read(info))
        new.writestr(name, data)
    return out.getvalue()


def part(content: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return package.read(name)


TWO_HEADED = (
    (
        "一、住有宜居",
        "旧楼加梯",
        "完成既有住宅加装电梯80部，按每部20万元给予财政补助。",
        "区住房保障中心",
        "区财政局\n各街道办事处",
    ),
    ("一、住有宜居", "二次供水", "改造锦绣家园、铁路新村等22个小区二次供水设施。", "区城市建设\n发展集团", ""),
    ("二、病有良医", "夜间门诊", "在4家社区卫生服务中心开设夜间门诊，每晚开诊至21时。", "区卫健委", "区教体局"),
    ("二、病有良医", "两癌筛查", "免费为35至64周岁农村妇女开展乳腺癌、宫颈癌筛查8000人。", "区农业农村和水利局", ""),
)


def two_headed_plan() -> bytes:
    """A table with two rows of column names, merged to and fro, several departments in a cell, and figures in full width."""
    document = docx.Document()
    document.add_paragraph("白办发〔２０２６〕15号")
    document.add_paragraph("关于印发《２０２６年白桦区“民生幸福”行动方案》的通知")
    table = document.add_table(rows=2, cols=6)
    for column, names in enumerate(("序号", "领域", "民生项目", "年度目标任务")):
        table.cell(0, column).merge(table.cell(1, column)).text = names
    table.cell(0, 4).merge(table.cell(0, 5)).text = "责任分工"
    table.cell(1, 4).text, table.cell(1, 5).text = "牵头单位", "配合单位"
    for number, (_, *rest) in enumerate(TWO_HEADED, 1):
        cells = table.add_row().cells
        for cell, text in zip((cells[0], *cells[2:]), (str(number), *rest), strict=True):
            cell.text = text
    for first in (0, 2):
        table.cell(first + 2, 1).merge(table.cell(first + 3, 1)).text = TWO_HEADED[first][0]
    return saved(document)
