"""YAML as plain data: what is read, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from interfaces.scheme_words import unreadable_sentence
from interfaces.words import LANGUAGES
from schemes.strict_yaml import MAX_BYTES, Unreadable, parse, read

BOMB = b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"


def refused(content: bytes) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        parse(content)
    for language in LANGUAGES:
        assert unreadable_sentence(caught.value, language)
    return caught.value


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (b"# only a remark\n", "empty"),
        (BOMB, "alias"),
        (b"a: &x 1\n", "alias"),
        (b"a: 1\n<<: {b: 2}\n", "alias"),
        (b"a: !!python/object/apply:os.system [ls]\n", "tag"),
        (b"a: 1\n---\nb: 2\n", "several"),
        (b"[a]: 1\n", "key"),
        (b"a: [1, 2\nb: 3\n", "syntax"),
        (b"a: b: c\n", "syntax"),
        (b"\ta: 1\n", "syntax"),
        (b"a: \x00\n", "character"),
        ("a: é\n".encode("cp1252"), "encoding"),
        ("a: é\n".encode("utf-16"), "encoding"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "encoding"),
        (b"[" * 5000, "too_deep"),
        (b"x" * (MAX_BYTES + 1), "too_large"),
    ],
)
def test_what_is_not_one_plain_document_is_refused(content: bytes, code: str) -> None:
    assert refused(content).code == code


def test_a_key_twice_is_refused_with_both_lines() -> None:
    assert refused(b"a: 1\nb: 2\na: 3\n").params == {"line": 3, "key": "a", "first": 1}


def test_a_mistake_of_syntax_is_told_with_line_and_column() -> None:
    params = refused(b"a: 1\nb: [1\nc: 2\n").params
    assert params["line"] == 3


def test_bytes_that_are_not_utf8_are_told_with_their_line() -> None:
    assert refused("a: 1\nb: é\n".encode("cp1252")).params["line"] == 2


def test_plain_scalars_follow_yaml_1_2() -> None:
    document = parse(b"a: no\nb: 2022-01-27\nc: true\nd: ~\ne: 12\nf: 4/5\ng: 1.5\nh: '12'\ni: 1:30\nj: <<\n")
    values = ["no", "2022-01-27", True, None, 12, "4/5", 1.5, "12", "1:30", "<<"]
    assert document.value == dict(zip("abcdefghij", values, strict=True))


def test_a_mark_at_the_start_and_windows_line_ends_do_no_harm() -> None:
    assert parse("\ufeffa: é\r\nb: 2\r\n".encode()).value == {"a": "é", "b": 2}


def test_every_place_has_its_line() -> None:
    document = parse(b"a:\n  - x: 1\n  - x: 2\n    y: 3\n")
    assert document.line(("a", 1, "y")) == 4
    assert document.line(("a", 1, "missing")) == 3
    assert document.line(("elsewhere",)) == 1


def test_a_file_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path, code in ((tmp_path / "none.yaml", "missing"), (tmp_path, "not_a_file"), (pipe, "not_a_file")):
        with pytest.raises(Unreadable) as caught:
            read(path)
        assert caught.value.code == code
