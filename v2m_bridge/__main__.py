"""``python -m v2m_bridge`` is ``v2m``."""

from v2m_bridge.cli import main

main()
