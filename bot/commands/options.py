"""Options that several commands take."""

from __future__ import annotations

from datetime import date

import click


class Day(click.ParamType[date]):
    """A calendar day, as YYYY-MM-DD."""

    name = "date"

    def convert(
        self, value: str | date, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        """The day; a usage error where the text is none."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a day (write YYYY-MM-DD)", param, ctx)


DAY = Day()

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
