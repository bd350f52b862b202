"""Choice lists in templates: what people read for the codes that records keep."""

from django import template

from keyaccounts.vocabulary.queries import label, labels

register = template.Library()


@register.simple_tag
def term(list_name: str, code: str | None) -> str:
    """``{% term "org_type" organisation.type %}`` reads 学校."""
    return label(list_name, code)


@register.simple_tag
def term_list(list_name: str, codes: list[str] | None) -> str:
    """Several codes of a choice list as one text."""
    return labels(list_name, codes)
