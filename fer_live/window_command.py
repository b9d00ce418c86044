"""``fer-live`` without a command: what is asked for is checked while a terminal can say it, then the window opens."""

import argparse

from fer_live.demo import DEMO
from fer_live.manifest import Manifest
from fer_live.runtime import provider_title
from fer_live.settings import Theme
from fer_live.terminal import tell


class UsageError(Exception):
    """The window cannot be opened as asked for. One line."""


def check_display() -> None:
    """UsageError when there is no display."""
    from fer_live.display import display_fault

    if fault := display_fault():
        raise UsageError(f"{fault}, so the window cannot open; compare the variants without one: fer-live bench")


def window(options: argparse.Namespace, manifest: Manifest, compared: tuple[str, ...]) -> int:
    """Open the window and return when it is closed; UsageError, CameraError and ManifestError before it opens."""
    if compared and not 2 <= len(compared) <= 4:
        raise UsageError(f"--compare takes two to four variants, not {len(compared)}")
    if options.variant:
        manifest.variant(options.variant)
    source = options.camera if options.camera in (None, DEMO) else _found(options.camera)
    if options.window_provider:
        check_provider(options.window_provider)
    if options.theme:
        _remember_theme(options.theme)
    from fer_live.gui.app import GuiOptions, run

    return run(
        GuiOptions(
            source=source,
            variant=options.variant,
            compare=compared,
            full_range=options.window_full_range,
            threads=options.window_threads,
            provider=options.window_provider,
            detect_every=options.window_detect_every or 1,
        )
    )


def check_provider(provider: str) -> None:
    """UsageError when onnxruntime does not have it; whether it works shows when the first variant is loaded."""
    from fer_live.onnx_session import present

    there = present()
    if provider not in there:
        known = ", ".join(map(provider_title, there))
        raise UsageError(f"{provider_title(provider)} is not in this installation of onnxruntime (there: {known})")


def _remember_theme(theme: Theme) -> None:
    """Chosen here as in the window: it stays chosen."""
    from fer_live.settings import load_settings, save_settings

    settings, fault = load_settings()
    settings.theme = theme
    fault = fault or save_settings(settings)
    if fault:
        tell(f"fer-live: {fault}")


def _found(text: str) -> str:
    """The source that is meant, in full: the window takes no part of a webcam's name.

    CameraError for a webcam that is not there and a clip that cannot be decoded, before a window opens.
    """
    from fer_live.source import find_camera, parse_source

    source = parse_source(text)
    if source.kind == "webcam":
        find_camera(source.value)
    elif source.kind == "clip":
        from fer_live.camera import open_camera

        open_camera(source, live=False).close()
    return source.value
