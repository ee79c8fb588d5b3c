"""What a page says of itself: title, authors, dates, publisher, licence; and how that was found."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urljoin, urlsplit

from corpus.domains import registrable_domain
from corpus.identity import canonical_url
from corpus.readers import jsonld
from corpus.readers.dates import address_day, local_day, stated_day
from corpus.readers.titles import Titles
from corpus.readers.written import Days, day_in_footer, day_in_window, days_beside_headline

log = logging.getLogger(__name__)

_PUBLISHED = (
    "article:published_time",
    "og:published_time",
    "og:article:published_time",
    "datepublished",
    "parsely-pub-date",
    "sailthru.date",
    "article.published",
    "article:published",
    "publish-date",
    "publishdate",
    "publish_date",
    "publication_date",
    "published-date",
    "pubdate",
    "citation_publication_date",
    "citation_online_date",
    "citation_date",
    "dcterms.issued",
    "dc.date.issued",
    "dcterms.date",
    "dc.date",
    "date",
)
_UPDATED = (
    "article:modified_time",
    "og:updated_time",
    "datemodified",
    "dcterms.modified",
    "dc.date.modified",
    "last-modified",
)
_TITLES = ("og:title", "citation_title", "dcterms.title", "dc.title", "twitter:title")
_SITES = ("og:site_name", "application-name", "dc.publisher")
_AUTHORS = ("author", "article:author", "citation_author", "parsely-author", "dc.creator", "byl")
_LICENCES = ("dcterms.license", "dcterms.rights", "dc.rights", "copyright")
_BYLINE = re.compile(r"^\s*by\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Metadata:
    """What was found; None where nothing was."""

    url: str
    title: str | None
    publisher: str | None
    authors: tuple[str, ...]
    published: str | None
    published_how: str | None
    updated: str | None
    updated_how: str | None
    language: str | None
    licence: str | None
    kind: str | None
    paid: bool
    """It says that its text is not free to read."""
    claim_reviews: tuple[jsonld.Node, ...]


def read_metadata(tree: Any, html: str, url: str, today: date) -> Metadata:
    """The metadata of a parsed page that was fetched from `url`; empty: it was a saved file."""
    found = jsonld.nodes(script.text or "" for script in _scripts(tree))
    own = _canonical(tree, url)
    node = jsonld.article(found, (own, url))
    meta = _meta(tree)
    publisher = _publisher(node, meta) or urlsplit(url).hostname
    title = _title(tree, node, meta, own or url)
    published, published_how = _day_of_publication(tree, node, meta, own or url, today)
    language = _language(tree, node)
    beside = Days()
    if published is None:
        beside = days_beside_headline(tree, title, language, today)
        day = beside.published or day_in_window(tree, today) or day_in_footer(tree, today)
        published, published_how = day, "headline"
    if published is None:
        published, published_how = _inferred_day(html, url, today)
        if published == beside.updated:
            published, published_how = None, None
    updated, updated_how = _first_day(
        today,
        (node.get("dateModified"), "JSON-LD"),
        *((meta.get(name), "meta tag") for name in _UPDATED),
        (beside.updated, "headline"),
    )
    return Metadata(
        url=own,
        title=title,
        publisher=publisher,
        authors=tuple(_authors(tree, node, meta, publisher)),
        published=published,
        published_how=published_how,
        updated=None if updated == published else updated,
        updated_how=None if updated == published else updated_how,
        language=language,
        licence=_licence(tree, node, meta),
        kind=_kind(node, found),
        paid=str(node.get("isAccessibleForFree")).casefold() == "false",
        claim_reviews=tuple(jsonld.claim_reviews(found)),
    )


def _scripts(tree: Any) -> Iterator[Any]:
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "").casefold():
            yield script


def _meta(tree: Any) -> dict[str, str]:
    """Meta tags by name in lower case; the first of several."""
    found: dict[str, str] = {}
    for tag in tree.iter("meta"):
        name = tag.get("property") or tag.get("name") or tag.get("itemprop") or ""
        content = " ".join((tag.get("content") or "").split())
        if name and content:
            found.setdefault(name.strip().casefold(), content)
    return found


def _canonical(tree: Any, url: str) -> str:
    """The address that the page gives itself, if that is on the same site: not to be believed of
    another, whose name the page would then bear."""
    for link in tree.iter("link"):
        target = (link.get("href") or "").strip()
        if "canonical" not in (link.get("rel") or "").casefold().split() or not target:
            continue
        try:
            own = str(urljoin(url, target))
            canonical_url(own)
            parts = urlsplit(own)
            if not url:
                return own
            same = registrable_domain(parts.hostname) == registrable_domain(
                urlsplit(url).hostname or ""
            )
            if same and parts.port == urlsplit(url).port:
                # A canonical link to the front page is a mistake of the template.
                return own if parts.path.strip("/") or not urlsplit(url).path.strip("/") else url
        except ValueError:
            continue
    return url


def _title(tree: Any, node: jsonld.Node, meta: dict[str, str], url: str) -> str | None:
    stated = [jsonld.text(node.get("headline")), *(meta.get(name) for name in _TITLES)]
    names = (jsonld.text(node.get("publisher")), *(meta.get(name) for name in _SITES))
    titles = Titles(tree, url or _stated_address(meta), filter(None, names))
    return titles.choose([*filter(None, [*stated, jsonld.text(node.get("name"))])])


def _stated_address(meta: dict[str, str]) -> str:
    """Of a saved page, as it states it; empty where it states none."""
    try:
        return canonical_url(meta.get("og:url", ""))
    except ValueError:
        return ""


def _publisher(node: jsonld.Node, meta: dict[str, str]) -> str | None:
    return (
        jsonld.text(node.get("publisher"))
        or jsonld.text(node.get("sourceOrganization"))
        or meta.get("og:site_name")
        or meta.get("citation_journal_title")
        or meta.get("application-name")
        or meta.get("dc.publisher")
    )


def _authors(
    tree: Any, node: jsonld.Node, meta: dict[str, str], publisher: str | None
) -> list[str]:
    found = jsonld.names(node.get("author"))
    if not found:
        tags = (tag for tag in tree.iter("meta") if (tag.get("name") or "") == "citation_author")
        found = [" ".join((tag.get("content") or "").split()) for tag in tags]
    if not found:
        stated = next((meta[name] for name in _AUTHORS if name in meta), "")
        found = [] if not stated or "://" in stated else re.split(r",\s+|\s+and\s+|;\s*", stated)
    if not found:
        links = tree.xpath("//a[contains(concat(' ', @rel, ' '), ' author ')]")
        found = [" ".join(link.text_content().split()) for link in links[:6]]
    clean = [_BYLINE.sub("", name).strip() for name in found]
    return list(dict.fromkeys(n for n in clean if n and n != publisher and len(n) <= 100))[:20]


def _day_of_publication(
    tree: Any, node: jsonld.Node, meta: dict[str, str], url: str, today: date
) -> tuple[str | None, str | None]:
    """As the page's data or its address has it."""
    addressed = address_day(url, today)
    stated = (
        (node.get("datePublished"), "JSON-LD"),
        (node.get("dateCreated"), "JSON-LD"),
        *((meta.get(name), "meta tag") for name in _PUBLISHED),
        *((time.get("datetime"), "time element") for time in _times(tree)),
    )
    for value, how in stated:
        text = jsonld.text(value)
        day = stated_day(text, today)
        if text is not None and day is not None:
            local = local_day(text, day, addressed)
            return local, how if local == day else "address"
    return addressed, "address" if addressed else None


def _inferred_day(html: str, url: str, today: date) -> tuple[str | None, str | None]:
    """From the words of the page."""
    from htmldate import find_date

    try:
        found = find_date(
            html, original_date=True, extensive_search=False, url=url, max_date=today.isoformat()
        )
    except Exception:
        # Its heuristics on whatever strangers write; a page without a day is still a page.
        log.debug("no day could be inferred for %s", url, exc_info=True)
        found = None
    return (found, "inferred") if found else (None, None)


def _times(tree: Any) -> Iterator[Any]:
    for time in tree.iter("time"):
        marks = f"{time.get('itemprop') or ''} {time.get('class') or ''}".casefold()
        if time.get("pubdate") is not None or "publish" in marks or "entry-date" in marks:
            yield time


def _first_day(today: date, *stated: tuple[object, str]) -> tuple[str | None, str | None]:
    for value, how in stated:
        day = stated_day(jsonld.text(value), today)
        if day is not None:
            return day, how
    return None, None


def _language(tree: Any, node: jsonld.Node) -> str | None:
    stated = tree.get("lang") or jsonld.text(node.get("inLanguage")) or ""
    tag = stated.strip().replace("_", "-")
    return tag if re.fullmatch(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*", tag) else None


def _licence(tree: Any, node: jsonld.Node, meta: dict[str, str]) -> str | None:
    stated = jsonld.text(node.get("license")) or jsonld.text(node.get("copyrightNotice"))
    if stated:
        return stated[:500]
    for tag in ("link", "a"):
        for link in tree.iter(tag):
            if "license" in (link.get("rel") or "").casefold().split() and link.get("href"):
                return str(link.get("href"))[:500]
    return next((meta[name][:500] for name in _LICENCES if name in meta), None)


def _kind(node: jsonld.Node, found: list[jsonld.Node]) -> str | None:
    if jsonld.claim_reviews(found):
        return "fact_check"
    kinds = jsonld.types(node)
    if "ScholarlyArticle" in kinds:
        return "paper"
    if kinds & {"AnalysisNewsArticle", "OpinionNewsArticle"}:
        return "analysis"
    return "news" if any("News" in kind or kind == "LiveBlogPosting" for kind in kinds) else None
