"""Names as the Caisse des Dépôts looks for them: those of the civil status, in Latin letters, with plain signs.

What only the keyboard made different is put right (kinds of apostrophes, hyphens and spaces, characters that nobody
sees, the form in which accents are coded). What could mean two things is a fault: nothing is guessed, nothing is cut.
"""

from __future__ import annotations

import re
import unicodedata

from domain.deposit.faults import Fault, doubt, fault

LENGTH = 60
"""Characters that the file has room for, in each name."""

_APOSTROPHES = "’‘ʼʻ`´′ʹ＇‛"
_HYPHENS = "‐‑‒–—―−﹘﹣－\u00ad"
_AS_TYPED = str.maketrans(
    {**dict.fromkeys(_APOSTROPHES, "'"), **dict.fromkeys(_HYPHENS.replace("\u00ad", ""), "-"), "\u00ad": ""}
)
_MOJIBAKE = re.compile("[ÂÃ][\u0080-\u00bf€ŠšŽžŒœŸƒ„…†‡ˆ‰‹›‘’“”•–—˜™¢£¤¥§]|â€|\ufffd|\\?\\?")
_MARKUP = frozenset('<>&{}[]=;:\\/|"#@%$*+^~_!?«»“”()')
_NOBODY = frozenset(
    (
        "x",
        "xx",
        "xxx",
        "xxxx",
        "n/a",
        "néant",
        "neant",
        "aucun",
        "aucune",
        "inconnu",
        "inconnue",
        "snp",
        "nc",
        "n.c.",
        "nr",
        "n.r.",
        "?",
        "-",
        ".",
        "/",
    )
) | {"non renseigné", "non renseignee", "non communiqué", "sans nom", "sans prénom", "sans prenom", "à compléter"}
"""What is written where there is nothing to write."""

_PERHAPS_NOBODY = frozenset(("null", "none", "nan", "test", "tbd"))
"""What programs write where there is nothing, and what some people are called all the same."""

_TWO_NAMES = re.compile(
    r"(^|[ (])(épouse|epouse|époux|epoux|[ée]pse\.?|ép\.?|veuve|vve\.?|divorcée?|née?|né\(e\)|alias)([ )]|$)"
    r"|[^ ] ou [^ ]|\(",
    re.I,
)
_TITLES = re.compile(
    r"(m\.|mr\.?|mme\.?|mlle\.?|monsieur|madame|mademoiselle|dr\.?|docteur|pr\.|maître|maitre) .*"
    r"|(.* )?(mr\.?|mme\.?|mlle\.?|monsieur|madame)",
    re.I,
)
_NICKNAME = re.compile(r"(^|[ -])'[^' ][^']*'($|[ -])")
"""A word between apostrophes that stand for quotation marks; not ``'t Hooft``, nor ``N'Diaye``."""

_INITIALS = re.compile(r"[^\W\d_]\.?([ -][^\W\d_]\.?)+|(.*[ -])?[^\W\d_]\.([ -]?[^\W\d_]\.)*([ -].*)?")
_FAMILY = ("family_name", "usage_name")
_PARTICLES = frozenset(
    (
        *("de", "del", "della", "delle", "di", "da", "do", "dos", "das", "du", "des", "d'", "la", "las", "le", "les"),
        *("los", "el", "al", "van", "von", "der", "den", "ten", "ter", "ben", "bin", "ibn", "y", "e", "i", "und", "zu"),
    )
)


def tidy(text: str) -> str:
    """``text`` as it was meant: composed accents, one kind of apostrophe, of hyphen and of space, nothing invisible."""
    composed = unicodedata.normalize("NFC", text).translate(_AS_TYPED)
    seen = "".join(
        " " if sign.isspace() else sign for sign in composed if sign.isspace() or unicodedata.category(sign) != "Cf"
    )
    return re.sub(r"(?<! ) ?- ?(?! )", "-", re.sub(" +", " ", seen).strip())


def family_name(text: str) -> tuple[str, list[Fault]]:
    """The name at birth, and what is wrong with it."""
    name = tidy(text)
    if not name or name.casefold() in _NOBODY:
        return "", [fault("family_name", "missing")]
    return name, _faults("family_name", name)


def usage_name(text: str, family: str) -> tuple[str | None, list[Fault]]:
    """The name that is used instead of the one at birth; None where there is none, or where it is the same.

    Accents, capitals and signs do not make another name: that of the civil status is told once, as it stands there.
    """
    name = tidy(text)
    if not name or name.casefold() in _NOBODY or _bare(name) == _bare(family):
        return None, []
    found = _faults("usage_name", name)
    return name, found


def given_names(texts: tuple[str, str, str]) -> tuple[tuple[str, ...], list[Fault]]:
    """The first three given names, in the order of the civil status, and what is wrong with them.

    The first text may hold several, between commas. A space separates nothing: ``Anne Marie`` may be one name.
    """
    first, *others = (tidy(text).strip(",; ") for text in texts)
    names = [name for part in re.split(r" ?[,;] ?", first) if (name := part.strip())]
    names += [name for text in others for part in re.split(r" ?[,;] ?", text) if (name := part.strip())]
    names = [name for name in names if name.casefold() not in _NOBODY]
    if not first or first.casefold() in _NOBODY or not names:
        return (), [fault("given_name", "mononym" if first else "missing")]
    found: list[Fault] = []
    for position, name in enumerate(names[:3], start=1):
        field = "given_name" if position == 1 else f"given_name_{position}"
        found += _faults(field, name)
    if _words(names[0]) > 2:
        found.append(fault("given_name", "several"))
    if len(names[0].rstrip(".")) == 1 and not found:
        found.append(doubt("given_name", "initial"))
    return tuple(names[:3]), found


def _bare(name: str) -> str:
    """The letters of a name alone, for comparing: no accents, no case, no signs, ``œ`` in two letters."""
    plain = unicodedata.normalize("NFKD", name.casefold().replace("œ", "oe").replace("æ", "ae"))
    return "".join(sign for sign in plain if sign.isalpha())


def _words(name: str) -> int:
    """How many names a text may be: particles belong to what follows them."""
    return sum(word.casefold() not in _PARTICLES for word in name.split(" "))


def _faults(field: str, name: str) -> list[Fault]:
    """The first thing that is wrong with a name; one is enough to ask for it again."""
    code = _wrong(field, name)
    if code:
        return [fault(field, code)]
    if len(name) > LENGTH:
        return [fault(field, "too_long", limit=LENGTH, length=len(name))]
    return [doubt(field, "placeholder")] if name.casefold() in _PERHAPS_NOBODY else []


def _wrong(field: str, name: str) -> str:
    if _MOJIBAKE.search(name):
        return "mojibake"
    if any(sign in _MARKUP for sign in name):
        return "two_names" if field in _FAMILY and _TWO_NAMES.search(name) else "markup"
    if any(unicodedata.category(sign)[0] == "N" for sign in name):
        return "digits"
    family = field in _FAMILY
    if family and " " in name and _TWO_NAMES.search(name):
        return "two_names"
    if _TITLES.fullmatch(name):
        return "title"
    if _NICKNAME.search(name):
        return "nickname"
    if not family and _INITIALS.fullmatch(name):
        return "abbreviated"
    if not all(_accepted(sign) for sign in name):
        return "letters" if all(_letter(sign) or sign in "'- " for sign in name) else "signs"
    if not any(sign.isalpha() for sign in name):
        return "signs"
    if "--" in name or "''" in name or name[0] == "-" or name[-1] in "-'":
        return "hyphens"
    if _marks(name):
        return "letters"
    return ""


def _letter(sign: str) -> bool:
    return unicodedata.category(sign)[0] in "LM"


def _accepted(sign: str) -> bool:
    """Whether the civil status could have it: Latin letters with any accents, apostrophe, hyphen, space."""
    if sign in "'- ":
        return True
    kind = unicodedata.category(sign)
    if kind == "Mn":
        return True
    if kind not in ("Ll", "Lu", "Lt"):
        return False
    if unicodedata.decomposition(sign).startswith("<"):
        # Wide, ligatured and other letters for the eye alone: they compare equal to nothing.
        return False
    return unicodedata.name(sign, "").startswith("LATIN ")


def _marks(name: str) -> bool:
    """Whether accents are piled up, or stand on nothing."""
    piled = 0
    for position, sign in enumerate(name):
        piled = piled + 1 if unicodedata.category(sign) == "Mn" else 0
        if piled > 2 or (piled and not (position and name[position - 1] not in "'- ")):
            return True
    return False
