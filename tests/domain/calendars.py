"""Calendars for the tests, frozen once."""

from interfaces.schemes import freeze_calendar

METROPOLE = freeze_calendar("metropole")
MOSELLE = freeze_calendar("alsace-moselle")
