"""Workbooks of organisations and contacts: headers, values, lines, the template to fill in (D6)."""

from .reading import Read, Sheets, read_lines
from .template import template

__all__ = ["Read", "Sheets", "read_lines", "template"]
