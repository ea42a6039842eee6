"""Templates and styles say start and end, so that a language written from right to left turns them round."""

from __future__ import annotations

import re

from database import BASE_DIR

PHYSICAL_CLASS = re.compile(
    r"(?<![\w-])!?-?(?:(?:ml|mr|pl|pr|left|right|rounded-[lr]|border-[lr])-[\w\[\].()/]+|text-left|text-right|border-[lr])(?![\w-])"
)
PHYSICAL_PROPERTY = re.compile(
    r"^\s*(?:margin-(?:left|right)|padding-(?:left|right)|border-(?:left|right)[\w-]*|border-(?:top|bottom)-(?:left|right)-radius"
    r"|left|right|text-align:\s*(?:left|right)|float):?.*;",
    re.MULTILINE,
)
# Charts keep their direction: time runs to the right in every language, and .chart is `direction: ltr`.
CHARTS = "charts.css"


def test_classes_in_templates() -> None:
    found = [
        f"{path.relative_to(BASE_DIR)}: {match[0]}"
        for path in sorted((BASE_DIR / "templates").rglob("*.html"))
        for classes in re.findall(r'class="([^"]*)"', path.read_text())
        for match in PHYSICAL_CLASS.finditer(classes)
    ]
    assert found == []


def test_properties_in_the_style_sheet() -> None:
    sections = sorted((BASE_DIR / "static" / "src" / "css").glob("*.css"))
    assert CHARTS in {path.name for path in sections}
    found = [
        f"{path.name}: {match[0].strip()}"
        for path in sections
        if path.name != CHARTS
        for match in PHYSICAL_PROPERTY.finditer(path.read_text())
    ]
    assert found == []
