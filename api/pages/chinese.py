"""Marks the Chinese words on a page that speaks another language, to be read out as Chinese.

Names of people's work are Chinese on every page: projects, stations, indicators, what was written.
A page is marked as a whole once it is made, so that no template can forget it.
"""

from __future__ import annotations

import re

HAN = "[\u3400-\u9fff\U00020000-\U0003ffff]"
"""A Chinese character."""
ANY = re.compile(HAN)
WORDS = re.compile(rf"{HAN}+(?:[^A-Za-z<]{{0,6}}{HAN}+)*[，。、：；？！”）》]*")
"""Chinese words with what stands between them, a quotation mark as it is escaped among it."""
TAG = re.compile(r"(<[^>]*>)")
"""What stands between these is text: a value in a tag has no `>` of its own, being escaped."""
NAME = re.compile(r"<(\w+)")
PLAIN = ("option", "title", "textarea")
"""Elements that hold nothing but text."""
LANG = ' lang="zh-CN"'


def marked(page: str) -> str:
    """Return a page with its Chinese words marked."""
    parts = TAG.split(page)
    for at in range(2, len(parts) - 1, 2):
        if not ANY.search(parts[at]):
            continue
        before, text, after = parts[at - 1 : at + 2]
        named = NAME.match(before)
        if named is not None and " lang=" in before and named[1] != "html":
            continue
        alone = named is not None and after == f"</{named[1]}>"
        if named is not None and alone and (named[1] in PLAIN or WORDS.fullmatch(text.strip())):
            parts[at - 1] = before[: named.end()] + LANG + before[named.end() :]
        else:
            parts[at] = WORDS.sub(lambda found: f"<span{LANG}>{found[0]}</span>", text)
    return "".join(parts)
