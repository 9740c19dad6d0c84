"""Calendars for the tests, frozen once."""

from schemes.files import freeze_calendar

METROPOLE = freeze_calendar("metropole")
MOSELLE = freeze_calendar("alsace-moselle")
