"""Verdicts in the browser: a page each, readable without a script and without a third party."""
