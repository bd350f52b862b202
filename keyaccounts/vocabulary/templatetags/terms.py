"""Choice lists in templates: what people read for the codes that records keep."""

from django import template

from keyaccounts.vocabulary.queries import choices, label, labels

register = template.Library()


@register.simple_tag
def term(list_name: str, code: str | None) -> str:
    """``{% term "org_type" organisation.type %}`` reads 学校."""
    return label(list_name, code)


@register.simple_tag
def term_list(list_name: str, codes: list[str] | None) -> str:
    """Several codes of a choice list as one text."""
    return labels(list_name, codes)


@register.simple_tag
def term_choices(list_name: str) -> list[tuple[str, str]]:
    """What a form offers of a list: ``{% term_choices "decision_reason" as reasons %}``."""
    return choices(list_name)
