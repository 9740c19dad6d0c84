"""``jalon session`` and ``jalon sitting``: opening, listing, showing, and what is refused."""

from __future__ import annotations

from datetime import date, timedelta

from tests.cli.office import Answer, Office, jalon


async def opened(office: Office, *arguments: str, scheme: str = "cqp-cos", **days: date) -> Answer:
    opens, closes = await office.window(scheme)
    dates = {"opens": opens, "closes": closes, "registration-closes": opens - timedelta(days=25)} | days
    options = [item for name, day in dates.items() for item in (f"--{name}", day.isoformat())]
    return await jalon("session", "open", "--scheme", scheme, *options, *arguments)


async def test_a_session_is_opened_under_an_id_that_says_which_and_when(office: Office) -> None:
    opens, _ = await office.window("cqp-gc")
    answer = await opened(office, "--place", "Lyon", "--capacity", "GRU=10", "MDR=8,GDU=6", "--json", scheme="cqp-gc")
    assert (answer.code, answer.err) == (0, "")
    assert answer.json["stream"] == f"session:cqp-gc-{opens:%Y-%m}"
    report = (await jalon("session", "show", f"cqp-gc-{opens:%Y-%m}", "--json")).json
    assert {row["block"]: row["free"] for row in report["capacity"]} == {"GRU": 10, "MDR": 8, "GDU": 6}
    assert (report["place"], report["status"], report["opens"]) == ("Lyon", "open", opens.isoformat())
    again = await opened(office, "--place", "Lyon", "--capacity", "5", scheme="cqp-gc")
    assert again.code == 1
    assert again.err.startswith("session.already_open : ")


async def test_one_number_gives_every_block_its_seats(office: Office) -> None:
    answer = await opened(office, "--place", "Paris", "--capacity", "12", "--capacity", "TD=3", "--id", "douze")
    assert answer.code == 0
    report = (await jalon("session", "show", "douze", "--json")).json
    assert {row["block"]: row["seats"] for row in report["capacity"]} == {"GRU": 12, "MDR": 12, "POS": 12, "TD": 3}


async def test_what_a_session_cannot_be_is_refused_in_a_sentence(office: Office) -> None:
    place = ("--place", "Paris", "--id", "non")
    bad = await opened(office, *place, "--capacity", "GRU=beaucoup")
    assert (bad.code, bad.out, "BLOC=N" in bad.err) == (1, "", True)
    unknown = await opened(office, *place, "--capacity", "XXX=1")
    assert (unknown.code, unknown.err.startswith("block.unknown : ")) == (1, True)
    nowhere = await opened(office, "--capacity", "5", "--id", "non")
    assert nowhere.err.startswith("session.place_needed : ")
    outside = await opened(
        office, *place, "--capacity", "5", closes=(await office.window("cqp-cos"))[0] + timedelta(60)
    )
    assert outside.err.startswith("session.outside_calendar : ")
    no_day = await jalon(
        "session",
        "open",
        *["--scheme", "cqp-cos", "--opens", "x", "--closes", "y", "--registration-closes", "z"],
        *place,
        "--capacity",
        "5",
    )
    assert (no_day.code, "--opens" in no_day.err) == (1, True)
    no_scheme = await opened(office, *place, "--capacity", "5", "--scheme", "cqp-xx")
    assert (no_scheme.code, "cqp-cos" in no_scheme.err) == (1, True)
    bad_id = await opened(office, "--place", "Paris", "--capacity", "5", "--id", "../x y")
    assert bad_id.code == 2
    assert (await jalon("session", "show", "non")).code == 1


async def test_seats_and_waiting_list_are_shown_in_order_with_names(office: Office) -> None:
    names = ("Premier", "Second", "Troisième")
    pathways = [await office.candidate(family_name=name) for name in names]
    for pathway in pathways:
        await office.to_jury(pathway)
    session = await office.session(seats=1)
    for pathway in pathways:
        code = (
            await jalon("pathway", "do", pathway, "request_seat", f"session={session.removeprefix('session:')}")
        ).code
        assert code == 0
        await office.settled(pathway, session)
    report = (await jalon("session", "show", session, "--json")).json
    assert [place["name"] for place in report["seated"]] == ["Zoé Premier"]
    assert [place["name"] for place in report["waiting"]] == ["Zoé Second", "Zoé Troisième"]
    assert {row["free"] for row in report["capacity"]} == {0}
    shown = (await jalon("session", "show", session)).out
    assert shown.index("Zoé Premier") < shown.index("Zoé Second") < shown.index("Zoé Troisième")
    assert (await jalon("pathway", "do", pathways[0], "give_up_seat")).code == 0
    await office.settled(pathways[0], session)
    report = (await jalon("session", "show", session, "--json")).json
    assert [place["name"] for place in report["seated"]] == ["Zoé Second"]


async def test_sessions_are_listed_told_and_commanded(office: Office) -> None:
    session = await office.session()
    rows = (await jalon("session", "list", "--scheme", "cqp-cos", "--json")).json
    assert session in [row["id"] for row in rows]
    assert session.removeprefix("session:") in (await jalon("session", "list")).out
    appoint = ["appoint_juror", "juror=j3", "part=president", "organisation=CNAM"]
    assert (await jalon("session", "do", session, *appoint)).code == 0
    again = await jalon("session", "do", session, *appoint)
    assert again.err.startswith("juror.already_appointed : ")
    told = (await jalon("session", "history", session)).out
    assert told.count("\n") == 4
    bad = await jalon("session", "do", session, "appoint_juror", "juror=j4", "part=clown", "organisation=X")
    assert (bad.code, "president, trade_expert" in bad.err) == (1, True)


async def test_a_seat_cannot_be_asked_of_a_session_that_is_not_there(office: Office) -> None:
    pathway = await office.candidate()
    answer = await jalon("pathway", "do", pathway, "request_seat", "session=nulle-part")
    assert (answer.code, "nulle-part" in answer.err) == (1, True)
    assert (await office.state(pathway)).version == 1


async def test_a_sitting_is_opened_listed_and_refuses_the_past(office: Office) -> None:
    day = (await office.now()).date() + timedelta(days=90)
    answer = await jalon(
        "sitting", "open", "--scheme", "cqp-cos", "--date", f"{day:%d/%m/%Y}", "--place", "Paris", "--json"
    )
    assert answer.code == 0
    assert answer.json["stream"] == f"sitting:cqp-cos-{day:%Y-%m}"
    rows = (await jalon("sitting", "list", "--json")).json
    assert (answer.json["stream"], day.isoformat()) in [(row["id"], row["held_on"]) for row in rows]
    assert f"cqp-cos-{day:%Y-%m}" in (await jalon("sitting", "list")).out
    past = await jalon("sitting", "open", "--scheme", "cqp-cos", "--date", "2024-01-05", "--id", "passé")
    assert (past.code, past.err.startswith("sitting.in_the_past : ")) == (1, True)
    early = await jalon("sitting", "do", answer.json["stream"], "proclaim")
    assert (early.code, early.err.startswith("sitting.agenda_open : ")) == (1, True)
    assert "1  Le" in (await jalon("sitting", "history", answer.json["stream"])).out


async def test_absences_are_named_by_a_shortened_id_and_can_be_excused(office: Office) -> None:
    here, absent = await office.candidate(), await office.candidate()
    for pathway in (here, absent):
        await office.to_jury(pathway)
    session = await office.convened(here, absent)
    short = absent.removeprefix("pathway:")[:10]
    assert (await jalon("session", "do", session, "hold", f"absent.{short}=non")).code == 0
    await office.settled(session, here, absent)
    report = (await jalon("session", "show", session, "--json")).json
    assert {place["pathway"]: place["present"] for place in report["seated"]} == {here: True, absent: False}
    assert (await jalon("pathway", "show", absent, "--json")).json["seat"]["status"] == "absent"
    assert (await jalon("pathway", "do", absent, "excuse_absence", "reason=Grève des trains")).code == 0
    assert (await jalon("pathway", "show", absent, "--json")).json["seat"] is None
    assert (await jalon("pathway", "show", here, "--json")).json["next"][0]["task"] == "record_marks"


async def test_a_misspelt_filter_is_said_rather_than_finding_nothing(office: Office) -> None:
    for command in (["session", "list"], ["sitting", "list"], ["pathway", "list"]):
        answer = await jalon(*command, "--status", "ouvert")
        assert (answer.code, "open" in answer.err) == (2, True)
        empty = await jalon(*command, "--scheme", "aucun")
        assert (empty.code, empty.out, empty.err.count("\n")) == (0, "", 1)
