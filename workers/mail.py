"""Where mails go: to the relay of the settings, to the mailbox of the stack, or, without either, nowhere."""

from __future__ import annotations

from email.headerregistry import Address
from urllib.parse import unquote, urlsplit

from activities.addressees import Offices
from activities.mailing import Mailer, MailSettings
from activities.relay import RelaySettings
from documents.mail.message import address_of
from documents.mail.templates import TemplateFault, Templates
from eventstore.keyring import Keyring
from eventstore.keys import Keys
from eventstore.reading import Reading
from workers.embedded.found import find_stack
from workers.settings import Settings
from workers.trouble import SettingsError

LOCAL_SENDER = "Jalon <jalon@localhost>"
_LOCAL_RATE = 1000.0


def mail_settings(settings: Settings) -> MailSettings | None:
    """How mails are sent; None where notices are only recorded. SettingsError as for :func:`check_mail`."""
    relay, stack = settings.smtp_url, find_stack(settings.state)
    local = stack.smtp_address if stack is not None and relay is None else None
    if relay is None and local is None:
        return None
    return MailSettings(
        relay=relay_of(relay, settings.mail_rate) if relay else relay_of(f"smtp://{local}", _LOCAL_RATE),
        sender=check_mail(settings),
        offices=Offices(administrator=settings.mail_office or "", head=settings.mail_head or ""),
        templates=checked_templates(settings),
        local=relay is None,
    )


def check_mail(settings: Settings) -> Address:
    """The sender of mails, when everything about mails is as it should be.

    Raises:
        SettingsError: an address or a template is wrong, or there is a relay and no sender.
    """
    if settings.smtp_url is not None and not settings.mail_from:
        raise SettingsError("mail.settings.no_sender")
    for variable, value in (("JALON_MAIL_OFFICE", settings.mail_office), ("JALON_MAIL_HEAD", settings.mail_head)):
        if value:
            _address(variable, value)
    checked_templates(settings)
    return _address("JALON_MAIL_FROM", settings.mail_from or LOCAL_SENDER)


def checked_templates(settings: Settings) -> Templates:
    """The templates, those of the administrator read and tried. SettingsError names the one that is wrong."""
    templates = Templates(settings.templates)
    if settings.templates is not None and not settings.templates.is_dir():
        raise SettingsError("mail.settings.templates", folder=str(settings.templates))
    try:
        templates.check()
    except TemplateFault as fault:
        raise template_trouble(fault) from None
    return templates


def template_trouble(fault: TemplateFault) -> SettingsError:
    """What to say of a template that cannot be used."""
    if fault.reason in ("unknown", "subject"):
        return SettingsError(f"mail.template.{fault.reason}", file=str(fault.file))
    place = f"{fault.file}:{fault.line}" if fault.line else str(fault.file)
    return SettingsError("mail.template.wrong", place=place, reason=fault.reason)


def relay_of(url: str, rate: float) -> RelaySettings:
    """The relay that an address names: ``smtp://…`` (STARTTLS) or ``smtps://…``, as :mod:`workers.settings` checked."""
    parts = urlsplit(url)
    tls = parts.scheme == "smtps"
    port = parts.port or (465 if tls else 587 if parts.username else 25)
    return RelaySettings(
        host=parts.hostname or "",
        port=port,
        tls=tls,
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        rate=rate,
    )


def make_mailer(settings: Settings, reading: Reading, keys: Keys) -> Mailer | None:
    """What sends the notices of a worker; None where they are only recorded. SettingsError as above."""
    found = mail_settings(settings)
    return Mailer(reading, Keyring(keys), found) if found is not None else None


def _address(variable: str, value: str) -> Address:
    try:
        return address_of(value)
    except ValueError:
        raise SettingsError("mail.settings.address", variable=variable) from None
