"""A credential goes into the image of its badge and comes out of it, and hostile images do no harm."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from PIL import Image

from documents.credentials import badge_png, badge_svg, bake_png, bake_svg, baked_png, baked_svg, extract, written
from documents.credentials.baking import MOST_BYTES, NotBaked
from tests.documents.credentials import facts, signed

CREDENTIAL = written(signed())
SIGNATURE = b"\x89PNG\r\n\x1a\n"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0">%s</svg>'


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def test_a_png_gives_back_its_credential_and_is_still_an_image() -> None:
    baked = baked_png(facts(), CREDENTIAL)
    assert extract(baked).text.encode() == CREDENTIAL
    with Image.open(BytesIO(baked)) as image:
        image.load()
        assert image.size == (640, 640)
        assert image.text["openbadgecredential"].encode() == CREDENTIAL  # type: ignore[attr-defined]  # of PNG images


def test_an_svg_gives_back_its_credential_right_after_its_first_tag() -> None:
    baked = baked_svg(facts(), CREDENTIAL)
    assert extract(baked).text.encode() == CREDENTIAL
    first = etree.fromstring(baked)[0]
    assert first.tag == "{https://purl.imsglobal.org/ob/v3p0}credential"
    assert b"<openbadges:credential><![CDATA[" in baked


def test_the_same_award_gives_the_same_image() -> None:
    assert badge_svg(facts()) == badge_svg(facts())
    assert badge_png(facts()) == badge_png(facts())


def test_a_badge_names_nobody() -> None:
    assert b"Almeida" not in badge_svg(facts())


def test_a_credential_takes_the_place_of_the_one_before() -> None:
    again = written(signed(title="Autre"))
    assert extract(bake_png(baked_png(facts(), CREDENTIAL), again)).text.encode() == again
    assert extract(bake_svg(baked_svg(facts(), CREDENTIAL), again)).text.encode() == again


@pytest.mark.parametrize("title", ["]]>", "<svg/>", "&amp;", "#set page()", "\\", "$x$", "“’”", "a" * 4_000, "é" * 300])
def test_whatever_a_title_holds_the_badge_is_drawn_and_read(title: str) -> None:
    text = written(signed(title=title))
    assert extract(baked_png(facts(title=title), text)).text.encode() == text
    read = extract(baked_svg(facts(title=title), text)).text
    assert read.replace("\\u003e", ">").encode() == text


@pytest.mark.parametrize("image", [b"", b"GIF89a", SIGNATURE, badge_png(facts())[:-20], b"<html/>"])
def test_only_a_whole_image_of_its_kind_is_baked(image: bytes) -> None:
    with pytest.raises(NotBaked):
        bake_png(image, CREDENTIAL)
    with pytest.raises(NotBaked):
        bake_svg(image, CREDENTIAL)


BAKED = baked_png(facts(), CREDENTIAL)
HEAD = SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
TEXT = b"openbadgecredential\0"
END = chunk(b"IEND", b"")
ENTITIES = b'<!DOCTYPE svg [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>'


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "not_an_image"),
        (b"GIF89a", "not_an_image"),
        (b"<html/>", "not_an_image"),
        (b"{}", "not_an_image"),
        (b" " * (MOST_BYTES + 1), "too_large"),
        (badge_png(facts()), "none"),
        (badge_svg(facts()), "none"),
        (BAKED[:-1], "damaged"),
        (BAKED[:200], "damaged"),
        (BAKED.replace(b"Ucanss", b"Ucanst"), "damaged"),
        (SIGNATURE, "damaged"),
        (SIGNATURE + END, "damaged"),
        (SIGNATURE + struct.pack(">I4s", 2**31 - 1, b"IHDR"), "damaged"),
        (HEAD + chunk(b"tEXt", b"x") * 10_000 + END, "damaged"),
        (HEAD + chunk(b"iTXt", TEXT + b"\0\0\0\0{}") * 2 + END, "several"),
        (HEAD + chunk(b"iTXt", TEXT + b"\1\0\0\0" + zlib.compress(b"\0" * 10_000_000)) + END, "compressed"),
        (HEAD + chunk(b"iTXt", TEXT) + END, "compressed"),
        (HEAD + chunk(b"iTXt", TEXT + b"\0\0\0\0\xff") + END, "damaged"),
        (HEAD + chunk(b"iTXt", TEXT + b"\0\0no end") + END, "damaged"),
        (SVG % (b"<openbadges:credential>{}</openbadges:credential>" * 2), "several"),
        (SVG % b'<openbadges:credential verify="a.b.c"/>', "other_proof"),
        (SVG % b"<openbadges:credential><a/></openbadges:credential>", "damaged"),
        (SVG % b"<openbadges:credential/>", "damaged"),
        (ENTITIES + SVG % b"<openbadges:credential>&c;</openbadges:credential>", "not_an_image"),
        (b'<!DOCTYPE svg SYSTEM "http://example.org/x.dtd">' + SVG % b"", "not_an_image"),
        (SVG % (b"<g>" * 5_000 + b"</g>" * 5_000), "not_an_image"),
    ],
    ids=range(26),
)
def test_an_image_without_a_credential_to_be_had_says_why(data: bytes, fault: str) -> None:
    assert extract(data) == ("", fault)


@given(st.binary(max_size=200), st.sampled_from([b"", SIGNATURE, HEAD, HEAD + TEXT, b"<svg ", b"<?xml "]))
def test_reading_an_image_never_raises(data: bytes, head: bytes) -> None:
    assert extract(head + data).fault


@given(st.integers(0, len(BAKED) - 1), st.integers(0, 255))
def test_a_damaged_image_gives_its_credential_whole_or_not_at_all(at: int, byte: int) -> None:
    read = extract(BAKED[:at] + bytes([byte]) + BAKED[at + 1 :])
    assert read.text.encode() == CREDENTIAL or read.fault
