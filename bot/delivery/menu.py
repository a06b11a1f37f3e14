"""The account's custom menu: from a TOML file to what WeChat's interface takes.

https://developers.weixin.qq.com/doc/service/api/custommenu/api_createcustommenu.html
"""

import tomllib
from pathlib import Path
from typing import Any

MENU = Path(__file__).parent / "data" / "menu.toml"
COLUMNS, ENTRIES, COLUMN_BYTES, ENTRY_BYTES, KEY_BYTES, URL_BYTES = 3, 5, 16, 60, 128, 1024


def load_menu(path: Path, public_url: str) -> dict[str, Any]:
    """The menu of that file as /cgi-bin/menu/create takes it.

    Args:
        public_url: where the resident's page is; entries with a ``path`` are left out where it is empty.

    Raises:
        ValueError: it is no menu, or WeChat would not take it; the place is named.
        OSError: it cannot be read.
    """
    try:
        columns = tomllib.loads(path.read_text(encoding="utf-8")).get("column", [])
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"菜单文件 {path} 不是有效的 TOML：{error}") from None
    if not 1 <= len(columns) <= COLUMNS:
        raise ValueError(f"菜单文件 {path}：应有 1 到 {COLUMNS} 列")
    return {"button": [_column(column, public_url.rstrip("/")) for column in columns]}


def _column(column: dict[str, Any], public_url: str) -> dict[str, Any]:
    name = _name(column, COLUMN_BYTES)
    if "entry" not in column:
        return {"name": name, **_action(column, name, public_url)}
    entries = [entry for entry in column["entry"] if public_url or "path" not in entry]
    if not 1 <= len(entries) <= ENTRIES:
        raise ValueError(f"菜单“{name}”：应有 1 到 {ENTRIES} 项")
    buttons = []
    for entry in entries:
        own = _name(entry, ENTRY_BYTES)
        buttons.append({"name": own, **_action(entry, own, public_url)})
    return {"name": name, "sub_button": buttons}


def _name(entry: dict[str, Any], most: int) -> str:
    name = entry.get("name")
    if not isinstance(name, str) or not 0 < len(name.encode()) <= most:
        raise ValueError(f"菜单名称 {name!r}：应为不超过 {most} 字节的文字")
    return name


def _action(entry: dict[str, Any], name: str, public_url: str) -> dict[str, str]:
    says, path, url = entry.get("say"), entry.get("path"), entry.get("url")
    if [says, path, url].count(None) != 2:
        raise ValueError(f"菜单“{name}”：say、path、url 里要有且只有一个")
    if isinstance(says, str) and 0 < len(says.encode()) <= KEY_BYTES:
        return {"type": "click", "key": says}
    address = f"{public_url}{path}" if path is not None else str(url)
    if says is not None or not address.startswith(("http://", "https://")) or len(address.encode()) > URL_BYTES:
        raise ValueError(f"菜单“{name}”：{says or address!r} 用不了（太长，或者不是网址）")
    return {"type": "view", "url": address}


def menu_lines(menu: dict[str, Any]) -> list[str]:
    """A menu as a person reads it, from what WeChat answers."""
    lines = []
    for button in menu.get("menu", menu).get("button", []):
        lines.append(_line(button))
        lines += ["  " + _line(entry) for entry in button.get("sub_button", [])]
    return lines


def _line(button: dict[str, Any]) -> str:
    does = button.get("key") or button.get("url")
    return f"{button.get('name', '')}：{does}" if does else str(button.get("name", ""))
