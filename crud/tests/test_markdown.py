"""Formatted text: what it looks like, and what never comes through."""

from __future__ import annotations

import re
import time

import pytest

from crud.templatetags.markdown import LONGEST, markdown


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        (None, ""),
        ("Plain words.", "<p>Plain words.</p>\n"),
        ("One line\nand the next", "<p>One line<br>\nand the next</p>\n"),
        ("One line\r\nand the next", "<p>One line<br>\nand the next</p>\n"),
        ("Aim:\n- float\n- glide", "<p>Aim:</p>\n<ul>\n<li>float</li>\n<li>glide</li>\n</ul>\n"),
        ("3. three\n4. four", '<ol start="3">\n<li>three</li>\n<li>four</li>\n</ol>\n'),
        ("**bold** *lean* `code`", "<p><strong>bold</strong> <em>lean</em> <code>code</code></p>\n"),
        ("> said", "<blockquote>\n<p>said</p>\n</blockquote>\n"),
        ("# Aim\n## Part", "<h3>Aim</h3>\n<h4>Part</h4>\n"),
        ("###### Deep", "<h6>Deep</h6>\n"),
        ("a < b & c", "<p>a &lt; b &amp; c</p>\n"),
        ("[here](https://example.org)", '<p><a href="https://example.org" rel="noopener">here</a></p>\n'),
        (
            "| Lane | Time |\n| --- | ---: |\n| 1 | 30 |",
            (
                '<table>\n<thead>\n<tr>\n<th>Lane</th>\n<th class="num">Time</th>\n</tr>\n</thead>\n'
                '<tbody>\n<tr>\n<td>1</td>\n<td class="num">30</td>\n</tr>\n</tbody>\n</table>\n'
            ),
        ),
        (
            "See https://example.org/a_b?c=d, now.",
            '<p>See <a href="https://example.org/a_b?c=d" rel="noopener">https://example.org/a_b?c=d</a>, now.</p>\n',
        ),
        ("Aim.Go to example.org, //x.org, a@b.org", "<p>Aim.Go to example.org, //x.org, a@b.org</p>\n"),
        ("ftp://example.org", "<p>ftp://example.org</p>\n"),
        ("`https://example.org`", "<p><code>https://example.org</code></p>\n"),
        ("![A *kick*](https://example.org/x.png)", "<p><em>Image not shown: A kick</em></p>\n"),
        ("![](x.png)", "<p><em>Image not shown</em></p>\n"),
        ("![<b>](x.png)", "<p><em>Image not shown: &lt;b&gt;</em></p>\n"),
        (
            "<mailto:a@example.org>",
            '<p><a href="mailto:a@example.org" rel="noopener">mailto:a@example.org</a></p>\n',
        ),
    ],
)
def test_text_is_formatted(text, html):
    assert markdown(text) == html


def test_headings_stand_below_those_of_the_page():
    assert markdown("# Aim", 5) == "<h5>Aim</h5>\n"
    assert markdown("### Aim", 5) == "<h6>Aim</h6>\n"


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<a href='https://example.org' onclick='x()'>a</a>",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](&#x6A;avascript:alert(1))",
    "[a](java&Tab;script:alert(1))",
    "[a](\x01javascript:alert(1))",
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "[a](vbscript:x)",
    "[a](file:///etc/passwd)",
    "[a](//example.org/x)",
    "[a](/accounts/logout/)",
    "[a]: javascript:alert(1)\n\n[a]",
    "<javascript:alert(1)>",
    "![x](https://example.org/track.png)",
    "```html onload=x\n<script>\n```",
    '[a](https://example.org "\\" onmouseover=x")',
    "<svg/onload=alert(1)>",
    'javascript:alert(1) https:javascript:alert(1) https://a.b/"onload=x',
    "| <script> | b |\n| --- | :--- |\n| [a](javascript:x) | <td onclick=x> |",
    '![x" onerror="y](https://example.org/track.png "z")',
    "<style>*{display:none}</style>",
    "<!-- <p> -->",
    "<p style='position:fixed'>over</p>",
]
ALLOWED = re.compile(
    r"</?(?:p|br|hr|strong|em|code|pre|blockquote|ul|ol|li|a|table|thead|tbody|tr|th|td|h[2-6])>"
    r'|<a href="(?:https?://|mailto:)[^"]*" (?:title="[^"]*" )?rel="noopener">|<a href="https?://[^"]*" rel="noopener" title="[^"]*">'
)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_of_the_author_s_becomes_an_element_or_an_address_to_run(text):
    html = markdown(text)
    assert "<" not in ALLOWED.sub("", html), html
    assert "<img" not in html


@pytest.mark.parametrize(
    "piece",
    [
        "[",
        "*a ",
        "**a*",
        "> ",
        "[a](",
        "`",
        "<",
        "\\[",
        "- ",
        "1. ",
        "_a_ ",
        "|a",
        "|-",
        "https://a.b ",
        "![",
        "http:",
    ],
)
def test_the_longest_text_of_anything_is_formatted_in_a_moment(piece):
    start = time.perf_counter()
    markdown(piece * (50_000 // len(piece)))
    assert time.perf_counter() - start < 10


COSTLY = {
    "brackets": "[",
    "pictures": "![",
    "links": "[a](",
    "angles": "<",
    "stars": "*a ",
    "strong": "a**b",
    "underscores": "_a",
    "ticks": "`a``",
    "quotes": "> ",
    "headings": "# a\n",
    "rules": "a\n=\n",
    "lists": "- - - a\n",
    "cells": "|a",
    "addresses": "http://a.b ",
    "mails": "a@b.c ",
    "escapes": "\\",
    "a bit of all": "*[_`<|",
}


@pytest.mark.parametrize("piece", COSTLY.values(), ids=COSTLY)
def test_no_text_of_the_longest_field_takes_long(piece: str) -> None:
    text = (piece * LONGEST)[:LONGEST]
    began = time.process_time()
    markdown(text)
    assert time.process_time() - began < 3


def test_a_longer_text_is_shown_as_it_is() -> None:
    text = "*a* <b>\n" * 62_500  # half a million
    began = time.process_time()
    shown = markdown(text)
    assert time.process_time() - began < 1
    assert shown.startswith("<p>*a* &lt;b&gt;<br>*a* &lt;b&gt;<br>")
