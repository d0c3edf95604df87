"""Listens on a UDP port, writes each message as a line of JSON: ``-m tests.end_to_end.osc_listener PORT FILE``."""

import json
import socket
import sys
from pathlib import Path

from pythonosc.osc_packet import OscPacket


def main() -> None:
    port, path = int(sys.argv[1]), Path(sys.argv[2])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as heard, path.open("a", encoding="utf-8") as out:
        heard.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 21)
        heard.bind(("127.0.0.1", port))
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            for timed in OscPacket(heard.recv(65536)).messages:
                out.write(json.dumps([timed.message.address, list(timed.message.params)]) + "\n")
            out.flush()


if __name__ == "__main__":
    main()
