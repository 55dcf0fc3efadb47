"""Two stations of one project."""

from __future__ import annotations

HERE, THERE = "示例街道社工站", "另一街道社工站"
