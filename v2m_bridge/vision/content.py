"""What a medium is known by in the cache: its content, and not where it lies."""

from __future__ import annotations

import hashlib
from pathlib import Path

from v2m_bridge.core.numbered import numbered_images
from v2m_bridge.entries import content_fingerprint
from v2m_bridge.errors import MediaError


def fingerprint_of(path: Path) -> str:
    """Return 32 hexadecimal digits that change when the pictures of a medium do.

    Those of a file are its `content_fingerprint`; of numbered images they come from the rate, from the size and time of
    each, and from the content of the first, middle and last.

    Raises
    ------
    MediaError
        When it cannot be read.
    """
    images = numbered_images(str(path))
    if images is None:
        return content_fingerprint(path)
    digest = hashlib.blake2b(f"{images.rate} {images.first} {images.last}".encode(), digest_size=16)
    for number in range(images.first, images.last + 1):
        try:
            status = images.file(number).stat()
        except OSError as exc:
            raise MediaError(f"{images.file(number)} cannot be read") from exc
        digest.update(f" {status.st_size} {status.st_mtime_ns}".encode())
    for number in (images.first, (images.first + images.last) // 2, images.last):
        digest.update(content_fingerprint(images.file(number)).encode())
    return digest.hexdigest()
