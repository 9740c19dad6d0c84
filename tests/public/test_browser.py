"""The pages in a real browser: for everyone who reads, however they do, and whatever they send."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.public.published import AGAIN, WHOLE, WITHDRAWN, Published
from tests.public.site import BROWSER, Site, site
from tests.tools import needs

pytestmark = needs(str(BROWSER), "chromium")

RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice", "RGAAv4"],
    }
}
NARROW, WIDE = 320, 1280


@pytest.fixture(scope="module")
async def pages(register: Published, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with site(register.engine.database_url, register.folder, tmp_path_factory.mktemp("site")) as made:
        yield made


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        # As root, the browser runs without the sandbox or not at all.
        started = await playwright.chromium.launch(executable_path=str(BROWSER), args=["--no-sandbox"])
        yield started
        await started.close()


async def reader(browser: Browser, width: int = WIDE, locale: str = "fr-FR") -> BrowserContext:
    """Somebody with a window of this width."""
    return await browser.new_context(viewport={"width": width, "height": 800}, locale=locale)


async def check(page: Page) -> None:
    """No rule for pages that everyone can use is broken, and some were looked at."""
    found = await Axe().run(page, options=RULES)
    assert found.response["violations"] == [], found.generate_report()
    assert {rule["id"] for rule in found.response["passes"]} >= {"color-contrast", "html-has-lang", "landmark-one-main"}


async def send(page: Page, address: str, file: Path) -> None:
    """Send a file by the form."""
    await page.goto(address)
    await page.get_by_label("Le fichier à vérifier").set_input_files(file)
    async with page.expect_navigation(timeout=90_000):
        await page.get_by_role("button", name="Vérifier ce fichier").click()


async def paths(register: Published) -> dict[str, str]:
    """The pages that there are."""
    return {
        "home": "/",
        "english": "/index.en.html",
        "keys": "/keys",
        "award": await register.path(WHOLE),
        "again": await register.path(AGAIN, ".en.html"),
        "withdrawn": await register.path(WITHDRAWN),
        "nothing": "/v/nothing/here",
    }


@pytest.mark.parametrize("name", ["home", "english", "keys", "award", "again", "withdrawn", "nothing"])
@pytest.mark.parametrize("width", [NARROW, WIDE])
async def test_a_page_has_no_fault_that_a_machine_can_find_and_fits_a_narrow_screen(
    register: Published, pages: Site, browser: Browser, name: str, width: int
) -> None:
    context = await reader(browser, width)
    page = await context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(pages.address + (await paths(register))[name])
    await check(page)
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    assert all(url.startswith(pages.address) for url in asked)
    assert await context.cookies() == []
    await context.close()


async def test_the_first_step_of_the_keyboard_leads_to_the_content(pages: Site, browser: Browser) -> None:
    context = await reader(browser)
    page = await context.new_page()
    await page.goto(pages.address)
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "content"
    await context.close()


async def test_the_language_is_that_of_the_reader_and_can_be_changed(
    register: Published, pages: Site, browser: Browser
) -> None:
    context = await reader(browser, locale="en-GB")
    page = await context.new_page()
    await page.goto(pages.address + await register.path(WHOLE))
    assert "Valid certificate" in await page.inner_text("main")
    await page.get_by_role("link", name="Français").click()
    assert "Certificat valable" in await page.inner_text("main")
    await page.get_by_role("link", name="English").click()
    assert await page.get_attribute("html", "lang") == "en"
    await context.close()


async def test_a_certificate_sent_by_the_form_is_told_line_by_line(
    register: Published, pages: Site, browser: Browser, tmp_path: Path
) -> None:
    file = tmp_path / "certificat.pdf"
    file.write_bytes((await register.kept(WHOLE)).document)
    context = await reader(browser, NARROW)
    page = await context.new_page()
    await send(page, pages.address, file)
    said = await page.inner_text("main")
    for line in (
        "Sceau du PDF",
        "Signature du justificatif",
        "Émetteur",
        "Révocation",
        "Numéro",
        "Empreinte",
        "Journal",
    ):
        assert line in said
    await check(page)
    await page.get_by_role("link", name="Voir la page publique de ce certificat").click()
    assert register.number(WHOLE) in await page.inner_text("main")
    await context.close()


async def test_a_file_of_200_megabytes_ends_in_a_page_and_not_in_an_error_of_the_browser(
    pages: Site, browser: Browser, tmp_path: Path
) -> None:
    file = tmp_path / "huge.pdf"
    with file.open("wb") as huge:
        huge.write(b"%PDF-1.7\n")
        huge.truncate(200 * 1024 * 1024)
    context = await reader(browser)
    page = await context.new_page()
    await send(page, pages.address, file)
    assert "20 Mo" in await page.inner_text("main")
    await context.close()


async def test_what_is_printed_is_the_certificate_without_what_only_a_screen_needs(
    register: Published, pages: Site, browser: Browser
) -> None:
    context = await reader(browser)
    page = await context.new_page()
    await page.goto(pages.address + await register.path(WHOLE))
    await page.emulate_media(media="print")
    assert not await page.locator("nav").is_visible()
    assert not await page.locator("footer").is_visible()
    assert await page.locator("h1").is_visible()
    assert (await page.pdf()).startswith(b"%PDF-")
    await context.close()
