"""Chinese words on an English page are marked, so that a screen reader reads them as Chinese."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from api.pages.chinese import marked

TEMPLATES = Path(__file__).parents[2] / "api" / "pages" / "templates"
HTML = '<html lang="en"><head></head><body>'


@pytest.mark.parametrize(
    ("plain", "expected"),
    [
        ("<h1>智能，不落伍</h1>", '<h1 lang="zh-CN">智能，不落伍</h1>'),
        ("<p>Group 智能，不落伍 of 2</p>",
         '<p>Group <span lang="zh-CN">智能，不落伍</span> of 2</p>'),
        ("<option value='1'>Station 示例</option>",
         "<option lang=\"zh-CN\" value='1'>Station 示例</option>"),
        ('<a href="/?lang=zh" lang="zh-CN">中文</a>', '<a href="/?lang=zh" lang="zh-CN">中文</a>'),
        ("<p>小镇&#34;三社联动&#34;项目</p>", '<p lang="zh-CN">小镇&#34;三社联动&#34;项目</p>'),
        ('<input value="示例">', '<input value="示例">'),
        ("<p>Nothing</p>", "<p>Nothing</p>"),
    ],
)  # fmt: skip
def test_chinese_words_are_marked_where_they_stand(plain: str, expected: str) -> None:
    assert marked(HTML + plain + "</body></html>") == HTML + expected + "</body></html>"


def test_what_is_marked_says_the_same() -> None:
    page = HTML + "<ul><li>第 1 节 the 小组 <b>节次</b> 到场</li></ul></body></html>"
    assert re.sub(r"</?span[^>]*>| lang=\"zh-CN\"", "", marked(page)) == page


def test_every_table_says_what_it_is_of() -> None:
    tables = [
        (path.name, table)
        for path in TEMPLATES.glob("*.html")
        for table in re.findall(r"<table[^>]*>", path.read_text("utf-8"))
    ]
    assert len(tables) > 15
    assert [each for each in tables if "aria-label" not in each[1]] == []
