"""What an attachment's bytes must be, for the record that names them and for the store alike."""

from __future__ import annotations

import re

from domain.refusals import refusal

BAD_HASH = refusal("attachment.bad_hash")
EMPTY = refusal("attachment.empty")
TOO_LARGE = refusal("attachment.too_large")

SHA256 = re.compile(r"[0-9a-f]{64}")
MEBIBYTE = 1024 * 1024
