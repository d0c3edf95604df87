"""A parent that starts a child, sets it to work, names it on its output, and dies without a word."""

import os
import sys

from v2m_bridge.core.messages import ReadRequest
from v2m_bridge.jobs import Child

child = Child("tests.timeline.children.obliging")
child.send(ReadRequest(sys.argv[1]))
os.write(1, f"{child.pid}\n".encode())
os._exit(0)
