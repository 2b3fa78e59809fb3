"""Every string in every language, with the placeholders of the original."""

from __future__ import annotations

import re
from gettext import GNUTranslations
from io import BytesIO

import pytest
from babel.messages.pofile import read_po
from django.conf import settings

FOLDER = settings.BASE_DIR / "portal" / "locale"
LANGUAGES = ["et", "sv", "nl", "de"]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}|</?\w+[^>]*>")


def catalogue(language):
    return read_po(BytesIO((FOLDER / language / "LC_MESSAGES" / "django.po").read_bytes()), locale=language)


def forms(text):
    return list(text) if isinstance(text, (list, tuple)) else [text]


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_left_untranslated(language):
    missing = [m.id for m in catalogue(language) if m.id and (m.fuzzy or not all(forms(m.string)))]
    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_and_tags_are_kept(language):
    for message in catalogue(language):
        if message.id:
            wanted = {tuple(sorted(PLACEHOLDER.findall(form))) for form in forms(message.id)}
            for form in forms(message.string):
                assert tuple(sorted(PLACEHOLDER.findall(form))) in wanted, (message.id, form)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_that_of_the_source(language):
    with (FOLDER / language / "LC_MESSAGES" / "django.mo").open("rb") as stream:
        compiled = GNUTranslations(stream)
    for message in catalogue(language):
        if message.id and not message.pluralizable:
            context, text = message.context, message.id
            found = compiled.pgettext(context, text) if context else compiled.gettext(text)
            assert found == message.string, "run make messages"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogues_have_the_same_messages(language):
    ids = {(m.context, str(m.id)) for m in catalogue(language) if m.id}
    assert ids == {(m.context, str(m.id)) for m in catalogue("et") if m.id}
