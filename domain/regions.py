"""Departments and the regions that they belong to, as INSEE's official geographic code has them since 1 January 2016.

Source: INSEE, Code officiel géographique (regions and departments; Mayotte, a department since 2011, has 976).
"""

from __future__ import annotations

import re

REGIONS: dict[str, tuple[str, ...]] = {
    "Auvergne-Rhône-Alpes": ("01", "03", "07", "15", "26", "38", "42", "43", "63", "69", "73", "74"),
    "Bourgogne-Franche-Comté": ("21", "25", "39", "58", "70", "71", "89", "90"),
    "Bretagne": ("22", "29", "35", "56"),
    "Centre-Val de Loire": ("18", "28", "36", "37", "41", "45"),
    "Corse": ("2A", "2B"),
    "Grand Est": ("08", "10", "51", "52", "54", "55", "57", "67", "68", "88"),
    "Guadeloupe": ("971",),
    "Guyane": ("973",),
    "Hauts-de-France": ("02", "59", "60", "62", "80"),
    "Île-de-France": ("75", "77", "78", "91", "92", "93", "94", "95"),
    "La Réunion": ("974",),
    "Martinique": ("972",),
    "Mayotte": ("976",),
    "Normandie": ("14", "27", "50", "61", "76"),
    "Nouvelle-Aquitaine": ("16", "17", "19", "23", "24", "33", "40", "47", "64", "79", "86", "87"),
    "Occitanie": ("09", "11", "12", "30", "31", "32", "34", "46", "48", "65", "66", "81", "82"),
    "Pays de la Loire": ("44", "49", "53", "72", "85"),
    "Provence-Alpes-Côte d’Azur": ("04", "05", "06", "13", "83", "84"),
}
"""Region -> its departments."""

_REGION_OF = {department: region for region, departments in REGIONS.items() for department in departments}
_CORSICA = {"200": "2A", "201": "2A", "202": "2B", "206": "2B"}
_WRITTEN = re.compile(r"[0-9AB]{1,5}\Z")


def region_of(department: str) -> str | None:
    """The region of a department; None for what is no department."""
    return _REGION_OF.get(department)


def department_of(written: str) -> str | None:
    """The department that somebody wrote, by its code (``1``, ``2a``, ``971``) or a postal code of five digits.

    None for what is neither. A postal code names the department that distributes the mail, almost always the right one.
    """
    text = written.strip().upper().replace(" ", "")
    if not _WRITTEN.match(text):
        return None
    if len(text) == 5 and text.isdecimal():
        found = text[:3] if text.startswith("97") else _CORSICA.get(text[:3], text[:2])
    else:
        found = text.zfill(2)
    return found if found in _REGION_OF else None
