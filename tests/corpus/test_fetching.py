"""What must not be fetched is not, and what is fetched stays within its bounds."""

from __future__ import annotations

import gzip
import ipaddress
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import InputError
from corpus.web.addresses import AllowList, is_public
from corpus.web.transport import FetchError, RefusedError, Transport
from corpus.web.visitor import BusyError, GoneError, Visitor
from tests.corpus.site import FixedNames, Page, Site, bomb, drip, in_turn, redirect, tagged

LOOPBACK = AllowList.parse("127.0.0.0/8")

# Each is aimed at a server on 127.0.0.1 that the guard would let through by its port.
TRICKS = (
    "http://127.0.0.1:{port}/",
    "http://127.0.0.2:{port}/",
    "http://127.1:{port}/",
    "http://127.0.1:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0x7f.0.0.1:{port}/",
    "http://0x7F.1:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://017700000001:{port}/",
    "http://0:{port}/",
    "http://0.0.0.0:{port}/",
    "http://localhost:{port}/",
    "http://LOCALHOST:{port}/",
    "http://localhost.:{port}/",
    "http://127.0.0.1.:{port}/",
    "http://[::1]:{port}/",
    "http://[::]:{port}/",
    "http://[0:0:0:0:0:0:0:1]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[::127.0.0.1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/",
    "http://[64:ff9b:1::7f00:1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://[2001:0:0:0:0:0:80ff:fffe]:{port}/",
    "http://[fe80::1]:{port}/",
    "http://[fe80::1%25lo]:{port}/",
    "http://[fec0::1]:{port}/",
    "http://[fd00:ec2::254]:{port}/",
    "http://[ff02::1]:{port}/",
    "http://10.0.0.1:{port}/",
    "http://172.16.0.1:{port}/",
    "http://192.168.0.1:{port}/",
    "http://169.254.169.254:{port}/latest/meta-data/",
    "http://169.254.170.2:{port}/",
    "http://100.100.100.200:{port}/",
    "http://168.63.129.16:{port}/",
    "http://192.0.0.192:{port}/",
    "http://198.18.0.1:{port}/",
    "http://224.0.0.1:{port}/",
    "http://255.255.255.255:{port}/",
    "http://①②⑦.⓪.⓪.①:{port}/",
    "http://127。0。0。1:{port}/",
    "http://public.test@127.0.0.1:{port}/",
    "http://user:secret@public.test:{port}/",
    "http://public.test\\@127.0.0.1:{port}/",
    "http://public.test:{port}\\@127.0.0.1/",
    "http:///127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "http:127.0.0.1:{port}/",
    "file:///etc/passwd",
    "file://127.0.0.1/etc/passwd",
    "ftp://127.0.0.1:{port}/",
    "gopher://127.0.0.1:{port}/_GET",
    "dict://127.0.0.1:{port}/info",
    "data:text/html,hello",
    "javascript:fetch('http://127.0.0.1:{port}')",
    "unix:///var/run/docker.sock",
    "http://private.test:{port}/",
    "http://mapped.test:{port}/",
    "http://wrapped.test:{port}/",
    "http://127.0.0.1:{port}\r\nX-Trick: 1/",
    "http://127.0.0.1:{port}/\x00",
    "http://127.0.0.1 :{port}/",
    "",
    "/etc/passwd",
)


@pytest_asyncio.fixture
async def site() -> AsyncIterator[Site]:
    async with Site({"/": Page("<p>secret</p>")}) as running:
        yield running


def names(trick: str) -> FixedNames | None:
    """Names of the tricks; the numbers in other ways are the system's to resolve."""
    if ".test" not in trick:
        return None
    return FixedNames(
        {
            "private.test": ["127.0.0.1"],
            "mapped.test": ["::ffff:127.0.0.1"],
            "wrapped.test": ["64:ff9b::7f00:1"],
        }
    )


@pytest.mark.parametrize("trick", TRICKS)
async def test_no_trick_reaches_a_private_address(site: Site, trick: str) -> None:
    open_ports = AllowList(ports=frozenset({site.port}))
    async with Transport("test", open_ports, resolver=names(trick), total_s=5) as transport:
        with pytest.raises(FetchError):
            await transport.get(trick.format(port=site.port))
    assert site.asked == []


@dataclass(frozen=True)
class OneDoor(AllowList):
    """As an operator has it who allowed one port, and with the guard's port rule out of the way."""

    door: int = 0

    def permits(self, host: str, port: int) -> bool:
        return port == self.door or AllowList.permits(self, host, port)


@pytest.mark.parametrize("trick", TRICKS)
async def test_no_redirect_leads_to_a_private_address(site: Site, trick: str) -> None:
    async with Site() as entrance:
        target = trick.format(port=site.port).replace("\r\n", "").replace("\x00", "")
        # Relative ones stay with the site that said them.
        target = target if ":" in target else f"http://127.0.0.1:{site.port}{target}"
        entrance.pages["/go"] = redirect(target)
        allow = OneDoor(ports=frozenset({site.port}), door=entrance.port)
        transport = Transport("test", allow, total_s=5, resolver=names(trick))
        async with Visitor(transport, host_delay_s=0) as visitor:
            with pytest.raises(FetchError):
                await visitor.get(f"{entrance.url}/go")
    assert site.asked == []


async def test_name_that_changes_its_address_is_judged_at_every_connection(site: Site) -> None:
    """Rebinding: the first answer is a permitted address, the next is not."""
    resolver = FixedNames({"rebind.test": ["127.0.0.1", "127.0.0.9"]})
    allow = AllowList(AllowList.parse("127.0.0.1").networks, ports=frozenset({site.port}))
    url = f"http://rebind.test:{site.port}/"
    async with Transport("test", allow, resolver=resolver) as transport:
        assert (await transport.get(url)).status == 200
    async with Transport("test", allow, resolver=resolver) as transport:
        with pytest.raises(RefusedError):
            await transport.get(url)
    assert site.asked == ["/"]


def test_what_is_public() -> None:
    for public in ("8.8.8.8", "151.101.1.140", "2606:4700::1111", "64:ff9b::808:808"):
        assert is_public(ipaddress.ip_address(public)), public
        assert AllowList().permits(public, 443)
        assert not AllowList().permits(public, 22)


@given(st.ip_addresses())
def test_nothing_private_is_public(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if not address.is_global or address.is_multicast or address.is_link_local:
        nat64 = address in ipaddress.ip_network("64:ff9b::/96") if address.version == 6 else False
        assert nat64 or not is_public(address)


@given(st.ip_addresses(v=4))
def test_wrapped_address_is_never_more_public_than_what_it_wraps(
    inner: ipaddress.IPv4Address,
) -> None:
    number = int(inner)
    wrapped = [
        (0x0064_FF9B << 96) | number,
        (0xFFFF << 32) | number,
        (0x2002 << 112) | (number << 80),
        (0x2001_0000 << 96) | (number ^ 0xFFFF_FFFF),
        number,
    ]
    for value in wrapped:
        if is_public(ipaddress.IPv6Address(value)):
            assert is_public(inner)


def test_allow_list_says_what_is_wrong() -> None:
    assert AllowList.parse("").networks == ()
    assert AllowList.parse("10.0.0.0/8, fd00::/8").permits("10.9.8.7", 8080)
    with pytest.raises(InputError, match="intranet"):
        AllowList.parse("intranet")


# Bounds


async def get(site: Site, path: str, **options: float) -> bytes:
    async with Transport("test", LOOPBACK, total_s=options.get("total_s", 20)) as transport:
        return (await transport.get(f"{site.url}{path}")).body


async def test_bomb_is_left_at_the_cap(site: Site) -> None:
    site.pages["/bomb"] = bomb(50)
    with pytest.raises(FetchError, match="larger than 5 MB"):
        await get(site, "/bomb")


async def test_large_and_binary_answers_are_left(site: Site) -> None:
    site.pages["/large"] = Page(b"x" * 6_000_000)
    site.pages["/file"] = Page(b"%PDF-" + b"x" * 6_000_000, type="application/pdf")
    site.pages["/image"] = Page(b"x", type="image/png")
    site.pages["/brotli"] = Page(b"x", headers={"Content-Encoding": "br"})
    site.pages["/torn"] = Page(gzip.compress(b"x" * 999)[:20], headers={"Content-Encoding": "gzip"})
    site.pages["/false"] = Page(b"plain", headers={"Content-Encoding": "gzip"})
    with pytest.raises(FetchError, match="larger"):
        await get(site, "/large")
    assert len(await get(site, "/file")) == 6_000_005
    with pytest.raises(FetchError, match="not text"):
        await get(site, "/image")
    with pytest.raises(FetchError, match="br"):
        await get(site, "/brotli")
    with pytest.raises(FetchError, match="breaks off"):
        await get(site, "/torn")
    with pytest.raises(FetchError, match="not"):
        await get(site, "/false")


async def test_slow_drip_is_cut_off(site: Site) -> None:
    site.pages["/drip"] = drip
    with pytest.raises(FetchError, match="within"):
        await get(site, "/drip", total_s=0.5)


# Manners


class Watch:
    """Time that passes by being slept."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.now += seconds


def guest(watch: Watch, delay: float = 1.0) -> Visitor:
    transport = Transport("ReceiptsBot/test", LOOPBACK)
    return Visitor(
        transport, host_delay_s=delay, sleep=watch.sleep, clock=watch, jitter=lambda: 0.0
    )


async def test_robots_rules_are_kept(site: Site) -> None:
    rules = (
        "User-agent: *\nDisallow: /private\n\n"
        "User-agent: ReceiptsBot\nDisallow: /no\nCrawl-delay: 7"
    )
    site.pages |= {"/robots.txt": Page(rules, type="text/plain"), "/private": Page("fine")}
    site.pages["/hop"] = redirect("/no/further")
    watch = Watch()
    async with guest(watch) as visitor:
        assert (await visitor.get(f"{site.url}/private")).body == b"fine"
        for path in ("/no", "/no/deeper", "/hop"):
            with pytest.raises(RefusedError, match=r"robots\.txt"):
                await visitor.get(f"{site.url}{path}")
    assert site.asked == ["/robots.txt", "/private", "/hop"]
    assert watch.slept == [7.0]
    assert site.headers[0]["User-Agent"].startswith("ReceiptsBot")


@pytest.mark.parametrize(
    ("status", "allowed"), [(404, True), (403, True), (401, True), (500, False), (503, False)]
)
async def test_missing_rules_allow_and_failing_rules_forbid(
    site: Site, status: int, allowed: bool
) -> None:
    site.pages["/robots.txt"] = Page(status=status)
    async with guest(Watch()) as visitor:
        if allowed:
            await visitor.get(f"{site.url}/")
        else:
            with pytest.raises(BusyError, match=r"robots\.txt answers"):
                await visitor.get(f"{site.url}/")
    assert ("/" in site.asked) is allowed


async def test_busy_site_is_asked_again_when_it_says_and_not_for_ever(site: Site) -> None:
    wait = Page(status=429, headers={"Retry-After": "9"})
    site.pages["/soon"] = in_turn(wait, Page("here"))
    site.pages["/failing"] = Page(status=503)
    site.pages["/tomorrow"] = Page(status=503, headers={"Retry-After": "86400"})
    watch = Watch()
    async with guest(watch) as visitor:
        assert (await visitor.get(f"{site.url}/soon")).body == b"here"
        assert watch.slept == [9.0]
        with pytest.raises(BusyError):
            await visitor.get(f"{site.url}/failing")
        assert watch.slept == [9.0, 2.0, 4.0]
        with pytest.raises(BusyError) as caught:
            await visitor.get(f"{site.url}/tomorrow")
        assert caught.value.retry_after_s == 86400
    assert site.asked.count("/failing") == 3
    assert site.asked.count("/tomorrow") == 1


async def test_redirects_are_followed_so_far(site: Site) -> None:
    site.pages |= {
        "/a": redirect("b", 301),
        "/b": redirect("/#top"),
        "/circle": redirect("/circle"),
        "/nowhere": Page(status=302),
        **{f"/far{n}": redirect(f"/far{n + 1}") for n in range(9)},
    }
    async with guest(Watch()) as visitor:
        visit = await visitor.get(f"{site.url}/a")
        assert (visit.asked, visit.url) == (f"{site.url}/a", f"{site.url}/")
        for path, reason in (
            ("/circle", "circle"),
            ("/nowhere", "nowhere"),
            ("/far0", "more than"),
        ):
            with pytest.raises(FetchError, match=reason):
                await visitor.get(f"{site.url}{path}")


async def test_states_of_a_page(site: Site) -> None:
    site.pages["/new"] = tagged("words", '"1"')
    site.pages["/gone"] = Page(status=410)
    site.pages["/paid"] = Page(status=402)
    async with guest(Watch()) as visitor:
        visit = await visitor.get(f"{site.url}/new")
        assert (visit.unchanged, visit.headers["etag"]) == (False, '"1"')
        assert (await visitor.get(f"{site.url}/new", etag='"1"')).unchanged
        assert not (await visitor.get(f"{site.url}/new", etag='"0"')).unchanged
        for path in ("/gone", "/missing"):
            with pytest.raises(GoneError):
                await visitor.get(f"{site.url}{path}")
        with pytest.raises(RefusedError):
            await visitor.get(f"{site.url}/paid")
