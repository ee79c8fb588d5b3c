"""Which network addresses may be reached: public ones, and those that the operator allows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from corpus.errors import InputError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

PORTS = frozenset({80, 443})
"""Of the public web; an allowed network may be reached on any."""

_IPV6_UNICAST = IPv6Network("2000::/3")
"""RFC 4291: nothing outside it is a public host."""
_NAT64 = IPv6Network("64:ff9b::/96")
"""RFC 6052: how a network without IPv4 reaches IPv4 hosts; the last 32 bits decide."""

# `is_global` of Python 3.11 lets these through.
_REFUSED: tuple[Network, ...] = (
    IPv4Network("168.63.129.16/32"),  # Azure's platform address
    IPv4Network("192.0.0.0/24"),  # RFC 6890, with the metadata service of Oracle Cloud
    IPv4Network("192.88.99.0/24"),  # RFC 7526, 6to4 relays
    IPv4Network("224.0.0.0/3"),  # multicast, reserved, broadcast
    IPv6Network("2001::/23"),  # RFC 2928, with Teredo, which wraps an IPv4 address
    IPv6Network("2001:db8::/32"),  # RFC 3849, documentation
    IPv6Network("2002::/16"),  # RFC 3056, 6to4, which wraps an IPv4 address
    IPv6Network("3fff::/20"),  # RFC 9637, documentation
)


@dataclass(frozen=True, slots=True)
class AllowList:
    """Networks that may be reached although they are not public: intranets, tests."""

    networks: tuple[Network, ...] = ()
    ports: frozenset[int] = PORTS
    """Where everything else may be reached."""

    @classmethod
    def parse(cls, text: str) -> AllowList:
        """From addresses and networks between commas: `10.1.0.0/16, fd00:1::7`. InputError."""
        found: list[Network] = []
        for part in filter(None, (part.strip() for part in text.split(","))):
            try:
                found.append(ip_network(part))
            except ValueError as error:
                raise InputError(
                    f"{part!r} is not an address or network such as 10.1.0.0/16"
                ) from error
        return cls(tuple(found))

    def holds(self, address: Address) -> bool:
        """Whether it names this address."""
        return any(address in network for network in self.networks)

    def permits(self, host: str, port: int) -> bool:
        """Whether this address, as numbers, may be reached on this port."""
        try:
            address = ip_address(host.partition("%")[0])
        except ValueError:
            return False
        if self.holds(address):
            return True
        return port in self.ports and is_public(address)


def is_public(address: Address) -> bool:
    """Whether this is the address of a host on the public internet."""
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
        if address not in _IPV6_UNICAST:
            return False
    return address.is_global and not _among(address, _REFUSED)


def _among(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)
