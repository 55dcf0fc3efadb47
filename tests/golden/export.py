"""Samples of exports."""

from domain.export import ExportMade
from tests.golden import sample

SAMPLES = [
    sample(
        "export",
        ExportMade(
            rows=120,
            position=340,
            watermark="0c6783b3-ddc4-5e68-9ce2-62c07ea2074b",
            columns=("identity", "contact", "casework", "health"),
            purpose="evaluation",
            reason="中期评估抽查档案",
            attachments=True,
            parquet=True,
        ),
        role="operator_manager",
    )
]
