"""A page's headline, without the name of the site that titles end or begin with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any
from urllib.parse import urljoin, urlsplit

from corpus.domains import registrable_domain

SEPARATORS = re.compile(r"\s+(?:--|::|[|–—·•»«›‹/:-])\s+|\s*[|｜：]\s*")
"""Between headline and site in the title of a window."""
_WORD = re.compile(r"\w{2,}")
_FILE_NAME = re.compile(r"_*+(?:[^\W_]|\.)++(?:[-_]++(?:[^\W_]|\.)++){2,}+_*+")
_LONGEST = 1_000
"""Characters; what is longer is no title, nor the name of a site, and is cut."""
_MOST_HEADINGS = 200
"""Of a rank; a page has one headline, mostly before all else."""
_FEW_WORDS = 3
"""A headline of fewer words may be a kicker or a name before the true one."""
_SHORT_NAME = 5
"""Letters; a shorter name is in many a word by chance."""
_LONG_SITE_NAME = 4
"""Words; more that hold the site's name are a headline about it."""
_TEMPLATE = "Blog Archive"
"""Between site and headline in the titles of old WordPress themes."""


class Titles:
    """What a page shows and says that may be its title, `url` being where it lies."""

    def __init__(self, tree: Any, url: str, names: Iterable[str]) -> None:
        """`names` of the site, as it states them."""
        self._url = url
        self._host = urlsplit(url).hostname or ""
        self._window = window_title(tree)
        headings = list(_headings(tree, "h1"))
        ours = [words for heading, words in headings if self._leads_up(heading, words)]
        domain = registrable_domain(self._host).partition(".")[0]
        stated = (name[:_LONGEST] for name in names)
        self._sites = [*map(_plain, [*stated, *ours, self._host, domain, _TEMPLATE])]
        self._shown = [
            words for _, words in headings if words not in ours and not self._is_site(words)
        ]
        self._lower = [words for _, words in _headings(tree, "h2", "h3")]

    def choose(self, stated: Sequence[str]) -> str | None:
        """The headline shown, if it is what the page's data states, the likeliest first; else that.

        Without any, the title of the window decides which heading it is.
        """
        stated = [each[:_LONGEST].strip() for each in stated if not _FILE_NAME.fullmatch(each)]
        if stated:
            # What neither the window nor a heading knows is a description.
            known = (each for each in stated if self._is_known(each))
            return self._shown_as(self._without_site(next(known, stated[0])))
        return self._by_window()

    def _by_window(self) -> str | None:
        part = next((head for head in self._shown if self._in_window(head)), None)
        if part is not None:
            return part
        alone = not SEPARATORS.search(self._window)
        if not self._window or (alone and self._is_site(self._window)):
            shown = (*self._shown, *self._lower, self._window)
            return next(filter(None, shown), None)
        for head in self._lower:
            if self._window.startswith(head) and SEPARATORS.match(self._window, len(head)):
                return head
        begun = SEPARATORS.split(self._window)[0]
        for head in self._shown[:1]:
            if _is_glued(begun, head):
                return begun
            if len(self._shown) == 1 and _alike(head, self._window):
                return head
        return self._without_site(self._window)

    def _leads_up(self, heading: Any, words: str) -> bool:
        """Whether all of it is a link to something that the page lies under: the site's name."""
        here = urlsplit(self._url)
        for link in heading.iter("a"):
            if " ".join(link.text_content().split()) != words:
                continue
            try:
                there = urlsplit(urljoin(self._url, link.get("href") or ""))
            except ValueError:
                continue
            above = f"{there.path.rstrip('/')}/"
            if there.netloc == here.netloc and here.path.rstrip("/").startswith(above):
                return True
        return False

    def _in_window(self, words: str) -> bool:
        return words.casefold() in self._window.casefold()

    def _is_known(self, stated: str) -> bool:
        return any(_alike(stated, other) for other in (*self._shown, self._window) if other)

    def _shown_as(self, stated: str) -> str:
        """JSON-LD and Open Graph are often cut short, or say more than the headline shown."""
        begun = stated.rstrip("….").casefold()
        for head in self._shown:
            if head.casefold().startswith(begun):
                return stated if _is_glued(stated, head) else head
            if not stated.casefold().startswith(head.casefold()):
                continue
            after = SEPARATORS.match(stated[len(head) :])
            if after and (after[0].strip() in "|•»›" or len(head.split()) >= _FEW_WORDS):
                return head
        # `Headline | Section`, where a label such as `Subscribers` stands in the heading too.
        headline, parting, _ = stated.partition(" | ")
        labelled = f"{headline} ".casefold()
        if parting and any(head.casefold().startswith(labelled) for head in self._shown):
            return headline
        return stated

    def _without_site(self, title: str) -> str:
        parts = list(SEPARATORS.finditer(title))
        start, end = 0, len(title)
        while parts and self._is_site(title[start : parts[0].start()]):
            start = parts.pop(0).end()
        # What stands behind the site's name is a section, a place or a slogan.
        for part, following in zip(parts, [*parts[1:], None], strict=False):
            after = following.start() if following else end
            if not self._is_site(title[part.end() : after]):
                continue
            if following and _is_label(title[start : part.start()], title[following.end() :]):
                start = following.end()
                continue
            end = part.start()
            break
        return title[start:end].strip() or title

    def _is_site(self, words: str) -> bool:
        plain = _plain(words)
        few = len(words.split()) <= _LONG_SITE_NAME
        return bool(plain) and any(
            plain in site or (few and len(site) >= _SHORT_NAME and site in plain)
            for site in self._sites
        )


def _is_label(before: str, behind: str) -> bool:
    """Whether of the texts around a site's name the one before it is but a section."""
    return len(before.split()) < _FEW_WORDS < len(behind.split())


def window_title(tree: Any) -> str:
    """What the page's window is called, as one line; empty where it has no name.

    A `title` within a drawing (SVG) is the drawing's.
    """
    for element in tree.iter("title"):
        if next(element.iterancestors("svg"), None) is None:
            return " ".join(element.text_content().split())[:_LONGEST].strip()
    return ""


def _headings(tree: Any, *tags: str) -> Iterator[tuple[Any, str]]:
    """The first headings of these levels with their words, but for what can be no headline."""
    for heading in islice(tree.iter(*tags), _MOST_HEADINGS):
        words = " ".join(heading.text_content().split())
        if 3 <= len(words) <= 300:
            yield heading, words


def _alike(one: str, other: str) -> bool:
    """Whether half of the words of the shorter are in the other."""
    first, second = (set(_WORD.findall(text.casefold())) for text in (one, other))
    return 2 * len(first & second) >= max(1, min(len(first), len(second)))


def _is_glued(begun: str, head: str) -> bool:
    """Whether other words, mostly hidden ones, stand right behind `begun` in the headline."""
    return head.startswith(begun) and begun[-1:].islower() and head[len(begun) :][:1].isupper()


def _plain(name: str) -> str:
    return re.sub(r"\W|^www\.|^the\b", "", name.casefold())
