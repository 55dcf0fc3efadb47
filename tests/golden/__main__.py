"""Writes the golden files that are missing and names them."""

import sys

from tests.golden import write_missing

for path in write_missing():
    sys.stdout.write(f"{path}\n")
