"""The variants that a recipe makes, by name: which one each comes from, and whose float file has its layers."""

from typing import Final

PARENTS: Final = {"fp32": "", "pruned": "fp32", "int8": "fp32", "pruned-int8": "pruned", "fp16": "fp32"}
FLOAT: Final = {name: parent if name.endswith(("int8", "fp16")) else name for name, parent in PARENTS.items()}
