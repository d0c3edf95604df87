"""The control port announced in the local network by multicast DNS, as ``_osc._udp``; off unless it is asked for."""

from __future__ import annotations

import importlib
import ipaddress
import socket
from contextlib import suppress
from typing import Any, Final

from v2m_bridge import __version__
from v2m_bridge.core.osc_schema import PROTOCOL
from v2m_bridge.errors import OutputError, SettingsError

SERVICE: Final = "_osc._udp.local."
_LONGEST_NAME: Final = 63


class Announcement:
    """Says that OSC commands are taken at an address, until it is closed.

    Parameters
    ----------
    address : str
        HOST:PORT on which the control port listens; ``0.0.0.0`` stands for every address of this machine but loopback.

    Raises
    ------
    SettingsError
        When the address is one that no other machine reaches, or zeroconf is not installed.
    OutputError
        When the network takes no announcement.
    """

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        if ipaddress.ip_address(host).is_loopback:
            raise SettingsError(
                f"no other machine reaches {address}, so there is nothing to announce",
                hint="Give --osc-in 0.0.0.0:9123 with --announce, and --osc-allow for who may command.",
            )
        zeroconf = _load()
        addresses = [host] if host != "0.0.0.0" else _own_addresses()  # noqa: S104  it is what was bound
        name = f"v2m_bridge on {socket.gethostname()}".encode()[:_LONGEST_NAME].decode(errors="ignore")
        info = zeroconf.ServiceInfo(
            SERVICE,
            f"{name}.{SERVICE}",
            addresses=[socket.inet_aton(each) for each in addresses],
            port=int(port),
            server=f"v2m-bridge-{socket.gethostname()}.local.",
            properties={"version": __version__, "protocol": str(PROTOCOL)},
        )
        self._service: Any = None
        try:
            self._service = zeroconf.Zeroconf(interfaces=addresses)
            self._service.register_service(info, allow_name_change=True)
        except (OSError, zeroconf.Error) as exc:
            self.close()
            raise OutputError(f"cannot announce {address}: {exc}", hint="Leave --announce out.") from exc
        self.name: str = info.name

    def close(self) -> None:
        """Take the announcement back; may be called twice."""
        service, self._service = self._service, None
        if service is not None:
            with suppress(OSError):
                service.unregister_all_services()
            service.close()


def _load() -> Any:
    try:
        return importlib.import_module("zeroconf")
    except ImportError as exc:
        raise SettingsError(
            "--announce needs zeroconf, which is not installed", hint='Run pip install "v2m_bridge[announce]".'
        ) from exc


def _own_addresses() -> list[str]:
    """Return the IPv4 addresses of this machine that others may reach."""
    found = [ip.ip for adapter in importlib.import_module("ifaddr").get_adapters() for ip in adapter.ips if ip.is_IPv4]
    reachable = [str(each) for each in found if not ipaddress.ip_address(each).is_loopback]
    if not reachable:
        raise SettingsError("this machine has no address that others reach", hint="Leave --announce out.")
    return reachable
