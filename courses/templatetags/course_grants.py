from __future__ import annotations

from typing import Any

from django import template

from courses import editors

register = template.Library()


@register.inclusion_tag("courses/_grants_of.html")
def grants_of(person: Any) -> dict[str, Any]:
    """The courses of the active program that `person` may edit beyond the role; nothing where there are none."""
    return {"person": person, "grants": editors.grants_of(person)}
