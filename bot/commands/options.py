"""Options that several commands take."""

from __future__ import annotations

from datetime import date

import click


class Day(click.ParamType[date]):
    """A day that has been, or the last one of a month or year, as YYYY-MM-DD, YYYY-MM or YYYY."""

    name = "date"

    def convert(
        self, value: str | date, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        """The day; a usage error where the text is none."""
        from corpus.model import parse_past_date

        if isinstance(value, date):
            return value
        try:
            return parse_past_date(value, date.today())
        except ValueError as error:
            self.fail(str(error), param, ctx)


DAY = Day()

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
