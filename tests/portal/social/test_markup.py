from __future__ import annotations

import re

import pytest

from portal.social.markup import hashtags, html_of


def test_text_is_escaped_and_paragraphs_are_kept():
    assert html_of("a <b> & c\nd\n\ne") == "<p>a &lt;b&gt; &amp; c<br>d</p><p>e</p>"
    assert html_of("a <b> #c <i>") == '<p>a &lt;b&gt; <a href="/topics/c/">#c</a> &lt;i&gt;</p>'


def test_addresses_become_links_without_the_sentence_around_them():
    html = html_of("See https://a.example/x_(y)?a=1&b=2). Then http://b.example, please")
    assert 'href="https://a.example/x_(y)?a=1&amp;b=2"' in html
    assert ">http://b.example</a>, please" in html


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        '<a href="javascript:alert(1)">x</a>',
        "<img src=x onerror=alert(1)>",
        "vbscript:x",
        "java\tscript:alert(1)",
        "JaVaScRiPt://%0aalert(1)",
    ],
)
def test_nothing_but_web_addresses_becomes_a_link(text):
    html = html_of(text)
    assert "<a " not in html
    assert "<script" not in html
    assert "<img" not in html


def test_quotes_cannot_leave_the_attribute():
    html = html_of('https://a.example/"onmouseover="alert(1)')
    assert not re.search("<[^>]*onmouseover", html)


def test_hashtags_become_topics():
    assert hashtags("#sepsis and #Sepsis, #ööbus; not a#b, #4471, http://x.example/#frag &#39;") == (
        "sepsis",
        "ööbus",
    )
    assert '<a href="/topics/sepsis/">#sepsis</a>' in html_of("About #sepsis.")


def test_ten_topics_are_enough():
    assert len(hashtags(" ".join(f"#topic{n}" for n in range(30)))) == 10
    assert hashtags("#" + "a" * 51) == ()
