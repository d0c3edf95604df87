"""The command line: `v2m score`, `v2m spot`, `v2m render`, `v2m theme ...`, `v2m model ...`.

A user's mistake is one sentence and exit code 2; our own fault is exit code 1.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from v2m_bridge import __version__, cli_analyse, cli_conform, cli_export, cli_live, cli_spot, jobs, watched
from v2m_bridge.cli_edit import (
    GuideOpt,
    GuideStartOpt,
    InputArg,
    MediaOpt,
    PartsOpt,
    RateOpt,
    VisionOpt,
    err,
    guide_of,
    means_of,
    read_edit,
    routing_of,
    warn,
)
from v2m_bridge.cli_model import model_app
from v2m_bridge.cli_progress import progress_bars
from v2m_bridge.cli_tables import show_rendered, show_score
from v2m_bridge.cli_theme import theme_app
from v2m_bridge.cli_versions import versions_app
from v2m_bridge.core.affect import parse_emotion
from v2m_bridge.core.direction import CueDirection
from v2m_bridge.core.direction_text import parse_tempo
from v2m_bridge.core.harmony import parse_key, parse_progression
from v2m_bridge.core.score import Score, read_score
from v2m_bridge.core.timeline import PlainVideo, Timeline
from v2m_bridge.core.work import Composed, ComposeRequest, Rendered, RenderRequest
from v2m_bridge.errors import DirectionError, OutputError, SettingsError, V2MError
from v2m_bridge.settings import load_settings

app = typer.Typer(
    name="v2m",
    help="A picture edit goes in, music that follows it comes out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(model_app, name="model")
app.add_typer(theme_app, name="theme")
app.add_typer(versions_app, name="versions")
for live_command in (
    cli_analyse.analyse,
    cli_conform.conform,
    cli_export.export,
    cli_spot.spot,
    cli_spot.tempo,
    cli_spot.tap,
    cli_live.run,
    cli_live.ports,
    cli_live.doctor,
):
    app.command()(live_command)

DirectionOpt = Annotated[Path | None, typer.Option("--direction", help="Wishes for cues and scenes (TOML).")]
KeepOpt = Annotated[Path | None, typer.Option("--keep", help="Earlier score.json whose music stays where it can.")]
CuesOpt = Annotated[str, typer.Option("--cues", help="cues.csv that says where music goes, or auto.")]
KeyOpt = Annotated[str | None, typer.Option("--key", help='Key of every cue, such as "A minor".')]
PrimerOpt = Annotated[str | None, typer.Option("--primer", help='Chords that every cue begins with, "C Am F G".')]
EmotionOpt = Annotated[str | None, typer.Option("--emotion", help="One of six words, or valence,arousal.")]
StyleOpt = Annotated[str | None, typer.Option("--style", help="Name of a style of arrangement.")]
TempoOpt = Annotated[str | None, typer.Option("--tempo", help="Tempo range in bpm, such as 70-140.")]
TempoMapOpt = Annotated[
    Path | None, typer.Option("--tempo-map", help="MIDI file of the DAW's tempo track, from the first frame; obeyed.")
]
FollowTempOpt = Annotated[
    bool, typer.Option("--follow-temp", help="Obey the tempo and the downbeats of the temp music under each cue.")
]
FitOpt = Annotated[str | None, typer.Option("--fit", help="How tempo follows hits: constant, musical or exact.")]
AffectOpt = Annotated[float | None, typer.Option("--affect", help="How much emotion shapes the music, 0 to 2.")]
SeedOpt = Annotated[int | None, typer.Option("--seed", help="Another number gives other music.")]
WeightsOpt = Annotated[Path | None, typer.Option("--weights", help="Weights of the chord model (.safetensors).")]
PngOpt = Annotated[bool, typer.Option("--png", help="Draw the plot as report.png as well.")]
VerboseOpt = Annotated[bool, typer.Option("--verbose", "-v", help="Show every scene and every hit.")]
SoundOpt = Annotated[Path | None, typer.Option("--soundfont", help="SoundFont (.sf2) to play the parts with.")]

StemsOpt = Annotated[
    Path | None, typer.Option("--stems", metavar="DIR", help="Folder for each part of each cue as Broadcast WAVE.")
]
WithTempOpt = Annotated[bool, typer.Option("--with-temp", help="Keep the temp music of the edit in the film.")]


@app.callback()
def _options(
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    if version:
        typer.echo(f"v2m_bridge {__version__}")
        raise typer.Exit


@app.command()
def score(
    edit: InputArg,
    out_dir: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="Folder for what is written.")],
    media: MediaOpt = None,
    rate: RateOpt = None,
    direction: DirectionOpt = None,
    keep: KeepOpt = None,
    cues: CuesOpt = "auto",
    key: KeyOpt = None,
    primer: PrimerOpt = None,
    emotion: EmotionOpt = None,
    style: StyleOpt = None,
    tempo: TempoOpt = None,
    tempo_map: TempoMapOpt = None,
    follow_temp: FollowTempOpt = False,
    fit: FitOpt = None,
    affect: AffectOpt = None,
    seed: SeedOpt = None,
    weights: WeightsOpt = None,
    vision: VisionOpt = None,
    guide: GuideOpt = None,
    guide_start: GuideStartOpt = None,
    parts: PartsOpt = None,
    png: PngOpt = False,
    verbose: VerboseOpt = False,
) -> None:
    """Compose a timeline: writes score.json, score.mid, cues.csv, markers.csv, report.json and report.svg."""
    guide_path, start = guide_of(guide, guide_start)
    if follow_temp and tempo_map:
        raise SettingsError("--follow-temp and --tempo-map both give the tempo", hint="Use one of them.")
    request = ComposeRequest(
        means=replace(means_of(load_settings(), weights, vision), routing=routing_of(parts)),
        wishes=_wishes(key, primer, emotion, style, tempo, fit, affect, seed),
        direction_text=_text(direction),
        cues_path=cues,
        follows_temp=follow_temp,
        tempo_map_path=str(tempo_map.absolute()) if tempo_map else "",
        kept=read_score(keep) if keep else None,
        out_dir=str(out_dir.absolute()),
        with_png=png,
        guide_path=guide_path,
        guide_start=start,
    )
    composed = _compose(request, read_edit(edit, media, rate))
    show_score(composed.score, tempi=composed.tempi, verbose=verbose)
    warn(composed.warnings)
    for path in composed.paths:
        typer.echo(path)


@app.command()
def render(
    edit: Annotated[Path, typer.Argument(metavar="INPUT|score.json", help="An edit, a video, or a score.json.")],
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="FILE", help="out.mp4 (picture, its sound, music) or out.wav.")
    ],
    soundfont: SoundOpt = None,
    stems: StemsOpt = None,
    with_temp: WithTempOpt = False,
    media: MediaOpt = None,
    rate: RateOpt = None,
    direction: DirectionOpt = None,
    cues: CuesOpt = "auto",
    key: KeyOpt = None,
    primer: PrimerOpt = None,
    emotion: EmotionOpt = None,
    style: StyleOpt = None,
    tempo: TempoOpt = None,
    fit: FitOpt = None,
    affect: AffectOpt = None,
    seed: SeedOpt = None,
    weights: WeightsOpt = None,
    vision: VisionOpt = None,
    guide: GuideOpt = None,
    guide_start: GuideStartOpt = None,
) -> None:
    """Render the music under picture and sound of its edit (.mp4) or alone (.wav); an edit is composed first."""
    settings = load_settings()
    if out.suffix.lower() not in {".mp4", ".wav"}:
        raise OutputError(f"cannot render to {out.name}", hint="Name the output .mp4 or .wav.")
    if with_temp and out.suffix.lower() == ".wav":
        raise SettingsError("--with-temp means nothing for music alone", hint="Leave it out, or render an .mp4.")
    guide_path, start = guide_of(guide, guide_start)
    means = means_of(settings, weights, vision)
    wishes = _wishes(key, primer, emotion, style, tempo, fit, affect, seed)
    if edit.suffix.lower() == ".json":
        if wishes != CueDirection() or direction or weights or cues != "auto":
            raise SettingsError(
                f"{edit.name} is composed already, so no wish can change it",
                hint="Render the edit with these options, or leave them out.",
            )
        made: Score = read_score(edit)
        picture = read_edit(Path(made.source), media, rate)
    else:
        request = ComposeRequest(
            means=means,
            wishes=wishes,
            direction_text=_text(direction),
            cues_path=cues,
            guide_path=guide_path,
            guide_start=start,
        )
        composed = _compose(request, read_edit(edit, media, rate))
        warn(composed.warnings)
        made, picture = composed.score, composed.timeline
    film = RenderRequest(
        score=made,
        means=means,
        out_path=str(out.absolute()),
        sound_font=str(soundfont.absolute()) if soundfont else settings.sound_font,
        guide_path=guide_path,
        guide_start=start,
        with_temp=with_temp,
        stems_dir=str(stems.absolute()) if stems else "",
    )
    rendered = _render(film, picture)
    warn(rendered.warnings)
    show_rendered(rendered)


def _compose(request: ComposeRequest, edit: Timeline | PlainVideo) -> Composed:
    with progress_bars() as progress, watched.Worker() as worker:
        return worker.request(jobs.with_edit(request, edit), expect=Composed, on_progress=progress)


def _render(request: RenderRequest, picture: Timeline | PlainVideo) -> Rendered:
    with progress_bars() as progress, watched.Worker() as worker:
        return worker.request(jobs.with_edit(request, picture), expect=Rendered, on_progress=progress)


def _wishes(
    key: str | None,
    primer: str | None,
    emotion: str | None,
    style: str | None,
    tempo: str | None,
    fit: str | None,
    affect: float | None,
    seed: int | None,
) -> CueDirection:
    try:
        return CueDirection(
            key=parse_key(key) if key is not None else None,
            primer=parse_progression(primer) if primer is not None else None,
            emotion=parse_emotion(emotion) if emotion is not None else None,
            style=style,
            tempo_bpm=parse_tempo(tempo) if tempo is not None else None,
            fit=fit,
            affect_strength=affect,
            seed=seed,
        )
    except ValueError as exc:
        raise DirectionError(str(exc)) from exc


def _text(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        raise DirectionError(f"cannot read {path}", hint="Name a direction file in UTF-8.") from exc


def main() -> None:
    """Run the command line; a `V2MError` becomes one sentence."""
    sys.exit(_guarded(app))


def _guarded(run: Callable[[], object]) -> int:
    try:
        run()
    except jobs.ChildError as exc:
        err.print(f"v2m: {exc.sentence()}", style="red", markup=False, soft_wrap=True)
        return 1
    except V2MError as exc:
        err.print(f"v2m: {exc.sentence()}", style="red", markup=False, soft_wrap=True)
        return 2
    except KeyboardInterrupt:
        err.print("v2m: stopped.", markup=False)
        return 130
    return 0
