"""The columns that tell what the deposit needs beyond names and date of birth; every one may be left out."""

from __future__ import annotations

from interfaces.tables import Column

PLACES = (
    Column("sex", ("sexe", "genre", "civilité", "sex", "gender"), required=False),
    Column(
        "given_name_2",
        ("deuxième prénom", "prénom 2", "second prénom", "2e prénom", "prenom2", "second given name"),
        required=False,
    ),
    Column(
        "given_name_3",
        ("troisième prénom", "prénom 3", "3e prénom", "prenom3", "third given name"),
        required=False,
    ),
    Column(
        "birth_commune",
        (
            *("code commune de naissance", "code insee de naissance", "code insee", "code commune", "commune insee"),
            *("code insee commune de naissance", "birth commune code", "birth commune"),
        ),
        required=False,
    ),
    Column(
        "birth_commune_name",
        ("commune de naissance", "ville de naissance", "lieu de naissance", "commune", "birth commune name"),
        required=False,
    ),
    Column(
        "birth_postal_code",
        ("code postal de naissance", "code postal", "birth postal code", "postal code"),
        required=False,
    ),
    Column(
        "birth_country",
        ("pays de naissance", "code pays de naissance", "code pays", "pays", "birth country", "country"),
        required=False,
    ),
)
