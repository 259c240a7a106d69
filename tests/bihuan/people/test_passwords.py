"""What is wrong with a password is said in the language of the page."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.password_validation import MinimumLengthValidator, validate_password
from django.core.exceptions import ValidationError
from django.utils import translation

from bihuan.people.models import Account

LATIN = re.compile("[A-Za-z]")


@pytest.mark.parametrize("password", ["short", "1234567890123", "password123", "zhangwei-1990"])
def test_every_reason_is_chinese_on_a_chinese_page(password: str) -> None:
    with translation.override("zh-hans"), pytest.raises(ValidationError) as refused:
        validate_password(password, Account(username="zhangwei", name="张伟"))
    said = [words.replace("username", "") for words in refused.value.messages]
    assert said
    assert [words for words in said if LATIN.search(words)] == []


def test_the_frameworks_own_sentence_of_length_would_not_be() -> None:
    with translation.override("zh-hans"):
        assert LATIN.search(MinimumLengthValidator(10).get_error_message())
