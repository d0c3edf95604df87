"""Hears what the bridge plays, in a process of its own: MIDI by JACK or a virtual port, and OSC.

``demo_listener.py jack|rtmidi``: prints its OSC port, listens until its standard input closes, then prints one line of
JSON: MIDI messages as [seconds, hexadecimal] and OSC messages as [address, arguments].
"""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pythonosc.osc_packet import OscPacket

Midi = list[tuple[float, str]]
CLIENT = "v2m_demo_listener"
PLAYED_PORT = "v2m_bridge Out"


@contextmanager
def jack_input(heard: Midi) -> Iterator[None]:
    """Register a JACK MIDI input that notes down what arrives."""
    import jack

    client = jack.Client(CLIENT)
    port = client.midi_inports.register("in")
    rate = client.samplerate

    def process(_n_frames: int) -> None:
        start = client.last_frame_time
        heard.extend(((start + offset) / rate, bytes(data).hex()) for offset, data in port.incoming_midi_events())

    client.set_process_callback(process)
    with client:
        yield


@contextmanager
def rtmidi_input(heard: Midi) -> Iterator[None]:
    """Open the bridge's virtual port as an input, once it is there."""
    import rtmidi

    midi_in = rtmidi.MidiIn(name=CLIENT)
    stop = threading.Event()

    def find_and_open() -> None:
        while not stop.wait(0.05):
            for index, name in enumerate(midi_in.get_ports()):
                if PLAYED_PORT in name:
                    midi_in.open_port(index)
                    return

    midi_in.set_callback(lambda message, _: heard.append((time.monotonic(), bytes(message[0]).hex())))
    finder = threading.Thread(target=find_and_open)
    finder.start()
    try:
        yield
    finally:
        stop.set()
        finder.join()
        midi_in.close_port()


def hear_osc(port: socket.socket, heard: list[tuple[str, list[Any]]]) -> None:
    """Note down OSC messages until the socket closes."""
    while True:
        try:
            data = port.recv(65536)
        except OSError:
            return
        if not data:
            return
        heard.extend((timed.message.address, list(timed.message.params)) for timed in OscPacket(data).messages)


def main() -> None:
    """Listen until standard input closes."""
    midi: Midi = []
    osc: list[tuple[str, list[Any]]] = []
    open_input = {"jack": jack_input, "rtmidi": rtmidi_input}[sys.argv[1]]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as port, open_input(midi):
        port.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 21)
        port.bind(("127.0.0.1", 0))
        own = port.getsockname()
        listener = threading.Thread(target=hear_osc, args=(port, osc))
        listener.start()
        sys.stdout.write(f"{own[1]}\n")
        sys.stdout.flush()
        sys.stdin.read()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ender:
            ender.sendto(b"", own)  # an empty datagram ends the listening
        listener.join()
    sys.stdout.write(json.dumps({"midi": midi, "osc": osc}) + "\n")


if __name__ == "__main__":
    main()
