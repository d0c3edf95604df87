from pathlib import Path

import mido

from tests.scores import make_score
from v2m_bridge.core.routing import PartRoute, Routing
from v2m_bridge.deliver import deliver


def test_score_mid_is_routed_and_score_json_holds_the_music_as_it_was_composed(tmp_path: Path) -> None:
    score = make_score()
    deliver(score, tmp_path, routing=Routing((PartRoute("bass", channel=9, transpose=-12),)))
    assert (tmp_path / "score.json").read_bytes() == score.to_json()
    notes = [m for m in mido.MidiFile(tmp_path / "score.mid").tracks[3] if m.type == "note_on"]
    assert {m.channel for m in notes} == {8}
    assert {m.note for m in notes} == {note.pitch - 12 for note in score.cues[0].parts[1].notes}
