"""Which kinds of media are opened for their sound."""

from __future__ import annotations

from typing import Final

SOUND_CONTAINERS: Final = (
    "wav,w64,aiff,caf,flac,mp3,ogg,aac,ac3,eac3,au,mov,mp4,m4a,matroska,webm,avi,mpegts,mpeg,mxf,mxf_opatom,asf,flv,"
    "nut,gxf,dv"
)
"""Containers with the sound inside, as FFmpeg names them.  Playlists (hls, concat, dash, sdp) name other files."""

FINDS_ITS_PLACE: Final = frozenset({"wav", "w64", "aiff", "caf", "mov", "mp4", "matroska", "webm", "mxf"})
"""Containers in which a place is found exactly; the others are decoded from their start."""
