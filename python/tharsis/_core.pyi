"""The compiled engine; its functions say in their own docstrings what they take."""

from typing import Any

def __getattr__(name: str) -> Any: ...
