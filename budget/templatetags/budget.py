"""Money in templates."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import template

from keyaccounts.common.templatetags.show import yuan

register = template.Library()


@register.simple_tag
def after(line: Any, amount: Decimal, minus: int) -> str:
    """What a line will have left when ``amount`` has been added to it or taken from it."""
    return yuan(line.balance.left + (-amount if minus else amount))
