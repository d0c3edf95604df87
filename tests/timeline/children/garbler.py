"""Connects, says that it is ready, then talks nonsense; or with GARBLE=first talks nonsense at once."""

import json
import os
import sys
from multiprocessing.connection import Client

from v2m_bridge.core.messages import NO_REQUEST, Ready, pack

where = json.loads(sys.stdin.readline())
with Client(where["address"], family=where["family"], authkey=bytes.fromhex(where["authkey"])) as pipe:
    if os.environ.get("GARBLE") == "kind":
        pipe.send_bytes(pack(NO_REQUEST, Ready()))
        pipe.recv_bytes()
        pipe.send_bytes(pack(1, Ready()))
    else:
        pipe.send_bytes(pack(NO_REQUEST, Ready()))
        pipe.recv_bytes()
        pipe.send_bytes(os.urandom(300))
    sys.stdin.read()
    pipe.poll(None)
