"""Where classes are written: in style sheets (which answer them), templates, Python and scripts (which use them).

The variable part of a class, as of `t{{ number }}`, stands for a number: "t#".
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

VARIABLE = "#"

# Names in Python whose strings are classes: `css = "num"`, `WIDGET_CLASSES`, `Column(css="num")`, {"class": "…"}.
NAMED_CLASSES = re.compile(r"(?:^|_)(?:css|class|classes|sizes|tint|tones?)$", re.IGNORECASE)
# Arguments of template tags whose texts are classes: {% icon "x" "icon flip" %}, {% include "…" with tone="danger" %}.
TAG_ARGUMENT = re.compile(r"""\b(?:css|size|tone)=["']([^"']*)["']""")
TAG_POSITION = re.compile(r"""^\s*(?:icon|avatar|glyph|badge)\s+\S+\s+["']([^"']*)["']""")
ATTRIBUTE = re.compile(r"""(?<![\w-])class=(?:"([^"]*)"|'([^']*)')""")
SCRIPT_NAME = re.compile(
    r"""(?:className\s*[:=]\s*|classList\.\w+\(\s*|setAttribute\("class",\s*)(?:"([^"]*)"|`([^`]*)`)"""
)
SCRIPT_SELECTOR = re.compile(
    r"""(?:find|findAll|onClick|closest|matches|querySelector|querySelectorAll)\(\s*["'`]([^\n]*?)["'`](?=\s*[,)])"""
)


def in_style_sheet(css: str) -> set[str]:
    """The classes that rules of a style sheet name."""
    css = re.sub(r"/\*.*?\*/|url\([^)]*\)|\"[^\"\n]*\"", "", css, flags=re.DOTALL)
    found = re.findall(r"\.(-?(?:\\[0-9a-f]{1,6} ?|\\.|[a-zA-Z_])(?:\\[0-9a-f]{1,6} ?|\\.|[\w-])*)", css)
    return {_unescaped(name) for name in found}


def _unescaped(name: str) -> str:
    name = re.sub(r"\\([0-9a-f]{1,6}) ?", lambda code: chr(int(code[1], 16)), name)
    return re.sub(r"\\(.)", r"\1", name)


def in_template(text: str) -> set[str]:
    """The classes of a template: those of attributes, and those given to tags that draw icons, badges and the like."""
    text = re.sub(r"{#.*?#}|{% comment %}.*?{% endcomment %}", "", text, flags=re.DOTALL)
    found = set()
    for tag in re.findall(r"{%(.*?)%}", text, flags=re.DOTALL):
        for words in [*TAG_ARGUMENT.findall(tag), *TAG_POSITION.findall(tag)]:
            found |= set(words.split())
    text = re.sub(r"{%.*?%}", " ", re.sub(r"{{.*?}}", VARIABLE, text, flags=re.DOTALL), flags=re.DOTALL)
    return found | set(_in_attributes(text))


def in_python(source: str) -> set[str]:
    """The classes in the strings of a module: in HTML, and where a name says that a string is a class."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Constant, ast.JoinedStr)):
            # Format fields are what {} leaves open; doubled braces and %-formats do not stand in classes.
            found |= set(_in_attributes(re.sub(r"\{[^{}]*\}", VARIABLE, _text(node))))
        for value in _named(node):
            found |= {name for text in _texts(value) for name in text.split()}
    return found - {VARIABLE}


def set_by_script(source: str) -> set[str]:
    """The classes that a script gives to elements, or takes from them."""
    found = set()
    for quoted, template in SCRIPT_NAME.findall(_without_comments(source)):
        found |= set(re.sub(r"\$\{[^}]*\}", VARIABLE, quoted or template).split()) - {VARIABLE}
    return found


def sought_by_script(source: str) -> set[str]:
    """The classes that the selectors of a script look for."""
    found = set()
    for selector in SCRIPT_SELECTOR.findall(_without_comments(source)):
        found |= set(
            re.findall(r"(?:^|[\s,>+~(\w\]])\.([a-z][\w-]*)", re.sub(r"\$\{[^}]*\}", VARIABLE, selector))
        )
    return found


def _without_comments(source: str) -> str:
    return re.sub(r"(?m)^\s*//.*$|/\*(?s:.*?)\*/", "", source)


def matches(name: str, names: set[str]) -> bool:
    """Whether `name` is one of `names`; both may have variable parts."""
    if name in names:
        return True
    if VARIABLE in name:
        return any(_pattern(name).fullmatch(other) for other in names)
    return any(_pattern(other).fullmatch(name) for other in names if VARIABLE in other and other != VARIABLE)


def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(re.escape(name).replace(re.escape(VARIABLE), r"\d+"))


def _in_attributes(text: str) -> Iterator[str]:
    for double, single in ATTRIBUTE.findall(text):
        yield from (name for name in (double or single).split() if name.strip(VARIABLE))


def _named(node: ast.AST) -> Iterator[ast.expr | None]:
    """The expressions that a name declares to be classes."""
    if isinstance(node, ast.keyword):
        named = bool(NAMED_CLASSES.search(node.arg or ""))
    elif isinstance(node, ast.Assign):
        named = any(_is_named(target) for target in node.targets)
    else:
        named = isinstance(node, ast.AnnAssign) and _is_named(node.target)
    if named:
        yield node.value  # type: ignore[attr-defined]
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and NAMED_CLASSES.search(str(key.value)):
                yield value
    elif isinstance(node, ast.FunctionDef) and NAMED_CLASSES.search(node.name):
        yield from (each.value for each in ast.walk(node) if isinstance(each, ast.Return))
    if isinstance(node, ast.FunctionDef):
        arguments = node.args.args
        for argument, default in zip(reversed(arguments), reversed(node.args.defaults), strict=False):
            if NAMED_CLASSES.search(argument.arg):
                yield default


def _is_named(target: ast.expr) -> bool:
    name = getattr(target, "id", getattr(target, "attr", ""))
    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        name = str(target.slice.value)
    return bool(NAMED_CLASSES.search(name))


def _texts(value: ast.expr | None) -> Iterator[str]:
    """The strings of an expression; of a dictionary those of its values, of a condition those of its branches."""
    if isinstance(value, (ast.Constant, ast.JoinedStr)):
        text = _text(value)
        if "class=" not in text:  # an attribute as a whole is HTML
            yield text
    elif isinstance(value, ast.Dict):
        for each in value.values:
            yield from _texts(each)
    elif isinstance(value, ast.IfExp):
        yield from _texts(value.body)
        yield from _texts(value.orelse)
    elif isinstance(value, (ast.Compare, ast.Subscript)) or value is None:
        return
    else:
        for child in ast.iter_child_nodes(value):
            if isinstance(child, ast.expr):
                yield from _texts(child)


def _text(node: ast.Constant | ast.JoinedStr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else VARIABLE for part in node.values
        )
    return node.value if isinstance(node.value, str) else ""
