"""Constant folding of templates.

A third of the tags of a page give the same text every time: translated words, icons, addresses without arguments,
static files. When a template is loaded, neighbours of this kind, and the plain text between them, are replaced by one
node, which renders them once for each language and then gives the text.
"""

from __future__ import annotations

from typing import Any

from django.template.base import FilterExpression, Node, NodeList, Template, TextNode, TokenType
from django.template.defaulttags import CommentNode, IfNode, LoadNode, URLNode
from django.template.library import SimpleNode
from django.template.loaders.base import Loader as BaseLoader
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.templatetags.static import StaticNode
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from performance import is_enabled


class FoldingLoader(BaseLoader):
    """Folds each template that it loads. A cached loader must be derived from it, so that this is done once."""

    def get_template(self, template_name: str, skip: Any = None) -> Template:
        template = super().get_template(template_name, skip)
        if is_enabled():
            fold_constants(template.nodelist)
        return template


class Constant(Node):
    """Neighbours in a template that give the same text to everybody who reads the same language."""

    child_nodelists = ()

    def __init__(self, nodes: list[Node]) -> None:
        self.nodes = NodeList(nodes)
        self.texts: dict[str | None, SafeString] = {}

    def render(self, context: Any) -> SafeString:
        if not is_enabled():
            return self.nodes.render(context)
        language = get_language()
        text = self.texts.get(language)
        if text is None:
            text = self.texts[language] = self.nodes.render(context)
        return text


def fold_constants(nodes: NodeList) -> None:
    """Replace each run of constant nodes by one, here and in every list below, in place."""
    folded: list[Node] = []
    run: list[Node] = []

    def close() -> None:
        if len(run) > 1 or (run and not isinstance(run[0], TextNode)):
            folded.append(Constant(list(run)))
        else:
            folded.extend(run)
        run.clear()

    for node in nodes:
        if _is_constant(node):
            run.append(node)
            continue
        close()
        folded.append(node)
        for below in _lists_below(node):
            fold_constants(below)
    close()
    nodes[:] = folded


def _lists_below(node: Node) -> list[NodeList]:
    if isinstance(node, IfNode):
        return [nodelist for _, nodelist in node.conditions_nodelists]
    return [found for name in node.child_nodelists if (found := getattr(node, name, None))]


def _is_constant(node: Node) -> bool:
    match node:
        case TextNode() | CommentNode() | LoadNode():
            return True
        case TranslateNode():
            words = node.filter_expression
            literal = getattr(words.var, "literal", None) is not None
            return not node.asvar and literal and not words.filters and _is_literal(node.message_context)
        case BlockTranslateNode():
            plain = all(token.token_type == TokenType.TEXT for token in node.singular)
            return plain and not (node.asvar or node.extra_context or node.countervar or node.message_context)
        case URLNode():
            return not (node.args or node.kwargs or node.asvar) and _is_literal(node.view_name)
        case StaticNode():
            return not node.varname and _is_literal(node.path)
        case SimpleNode():
            given = [*node.args, *node.kwargs.values()]
            return (
                getattr(node.func, "constant", False) and not node.target_var and all(map(_is_literal, given))
            )
    return False


def _is_literal(expression: FilterExpression | None) -> bool:
    """Whether an argument of a tag stands in the template word for word."""
    return expression is None or not (expression.is_var or expression.filters)
