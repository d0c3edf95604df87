"""Never connects."""

import threading

threading.Event().wait(60)
