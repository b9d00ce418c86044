"""``fer-live models``: list the variants, add a network of one's own, take it away again."""

import argparse
from dataclasses import replace

from fer_live.manifest import Manifest, Variant, load_manifest
from fer_live.model_options import name_from
from fer_live.terminal import as_json, say, tell


def models(options: argparse.Namespace) -> int:
    """Do what ``options.action`` says ("" lists); ManifestError and ClassifierError for what cannot be."""
    if options.action == "add":
        return _add(options)
    if options.action == "remove":
        from fer_live.own_models import remove_model

        remove_model(options.name)
        say(as_json({"removed": options.name}) if options.json else f"{options.name} is removed")
        return 0
    from fer_live.listings import list_models

    manifest = load_manifest()
    for sentence in manifest.left_out:
        tell(f"fer-live: {sentence}")
    listing = list_models(manifest)
    say(as_json(listing.to_dict()) if options.json else listing.table())
    return 0


def _add(options: argparse.Namespace) -> int:
    from fer_live.own_models import OwnModel, add_model

    name = options.name or name_from(options.file.stem)
    variant = add_model(
        OwnModel(
            file=options.file,
            name=name,
            title=options.title or name,
            labels=tuple(options.labels.split(",")),
            size=options.input,
            channels=options.channels,
            mean=options.mean,
            std=options.std,
            crop=options.crop,
            output=options.output,
            precision=options.precision,
        )
    )
    manifest = load_manifest()
    say(_row(variant, manifest) if options.json else _told(variant, manifest))
    if not set(variant.labels) & set(manifest.variant(manifest.reference).labels):
        tell(f"fer-live: none of its labels is one of {manifest.reference}'s, so agreement cannot be counted")
    return 0


def _row(variant: Variant, manifest: Manifest) -> str:
    """What ``models --json`` lists of it."""
    from fer_live.listings import list_models

    alone = replace(manifest, variants=(variant,))
    return as_json(list_models(alone).to_dict()["variants"][0])


def _told(variant: Variant, manifest: Manifest) -> str:
    head, spec = variant.heads[0], variant.input
    batch = {0: "any number of faces at once", 1: "one face at a time"}.get(spec.batch, f"{spec.batch} faces at once")
    return (
        f"{variant.name} is added: {spec.size}x{spec.size} {spec.channels}, {batch}; its output {head.name} gives "
        f"{head.gives} of {', '.join(variant.labels)}\n"
        f"Try it: fer-live bench --variants {manifest.reference},{variant.name}"
    )
