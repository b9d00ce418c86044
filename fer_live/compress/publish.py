"""Score the exported variants through the classifier that ships and put them where the app looks for them."""

import logging
import os
import shutil
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import Final

from fer_live.compress.augment import CENTRE
from fer_live.compress.card import write_card
from fer_live.compress.data import came_from
from fer_live.compress.family import FLOAT, PARENTS
from fer_live.compress.layers import latency_shares, layer_table, read_layers, write_table
from fer_live.compress.remembering import Memory
from fer_live.compress.steps import HEADS, Workshop
from fer_live.compress.train import MEAN, STD
from fer_live.compress.validation import layer_costs
from fer_live.dataset import FACE_SIDE, FER2013_LABELS, FERPLUS_LABELS, DataError, splits_of
from fer_live.evaluate import EvaluateOptions, run_evaluate
from fer_live.evaluate_report import EvaluateReport
from fer_live.labelled import matched, read_faces
from fer_live.manifest import BLEND, MANIFEST, Head, InputSpec, Manifest, Variant, load_manifest, write_manifest
from fer_live.variant import PROTOCOLS

log = logging.getLogger(__name__)

REFERENCE: Final = "fp32"
SPLIT: Final = "PublicTest"
LEARNED: Final = "Training"
TITLES: Final = {
    **{"fp32": "Full precision", "fp16": "Half precision", "pruned": "Pruned"},
    **{"int8": "INT8", "pruned-int8": "Pruned INT8"},
}
LABELS: Final = {"fer2013": FER2013_LABELS, "ferplus": FERPLUS_LABELS}


@dataclass(frozen=True)
class PublishOptions:
    """``fer2013`` and ``ferplus`` are the public CSV files to score on; ``out`` is the folder of the manifest.

    ``seed`` is the one that took the place of the recipe's, if any did: the card tells the command.
    ``sensitivity`` also measures what quantising each layer alone costs, ``all_views`` also scores with flip and with
    ten crops (minutes each). ``unseen`` are folders of face crops, a sub-folder per label, which nothing was learned
    from: how the variants do on other people's pictures.
    """

    fer2013: Path
    out: Path
    ferplus: Path | None = None
    seed: int | None = None
    sensitivity: bool = False
    all_views: bool = False
    unseen: tuple[Path, ...] = ()


def publish(workshop: Workshop, options: PublishOptions) -> Manifest:
    """Write ONNX files, manifest, layer tables and model card into ``options.out``.

    All files are made in the working folder, copied beside the old ones and renamed at the end, the manifest last:
    until then the old ones stay as they are. Raises OSError on a full disk, DataError when what is to be scored on
    cannot be used, before the hours.
    """
    _check(workshop, options)
    files = workshop.exported()
    staged = next(iter(files.values())).parent / MANIFEST
    variants = tuple(_variant(workshop, name, path) for name, path in files.items())
    write_manifest(Manifest(variants, workshop.recipe.default, REFERENCE), staged)
    reports = all_scores(load_manifest(staged), options)
    scored = [
        replace(variant, metrics=tuple(report.metrics(variant.name) for report in reports)) for variant in variants
    ]
    manifest = Manifest(tuple(scored), workshop.recipe.default, REFERENCE)
    told = staged.with_name("told")
    shutil.rmtree(told, ignore_errors=True)  # of an earlier time
    _write_tables(workshop, files, told, sensitivity=options.sensitivity)
    write_card(manifest, workshop.recipe, reports, told, seed=options.seed)
    write_manifest(manifest, told / MANIFEST)
    _install(files, told, options.out)
    return load_manifest(options.out)


def _check(workshop: Workshop, options: PublishOptions) -> None:
    """DataError for whatever of what is scored at the end could not be, or would flatter."""
    if SPLIT not in splits_of(options.fer2013):
        raise DataError(f"{options.fer2013} has no rows with Usage {SPLIT} to score on")
    read_faces(options.fer2013, SPLIT, None, ferplus=False)
    if options.ferplus is not None:
        read_faces(options.fer2013, SPLIT, options.ferplus, ferplus=True)
    names = ["FER2013", "FER+"]
    for folder in options.unseen:
        faces, _ = read_faces(folder, None, None, ferplus=False)
        matched(faces.labels, faces.names, FER2013_LABELS, of="the networks")
        if (name := folder.resolve().name) in names:
            raise DataError(f"{folder}: {name} is told of other faces already; rename the folder")
        names.append(name)
    if not came_from(workshop.data, options.fer2013, options.ferplus):
        raise DataError(
            f"{workshop.data} is missing, or made of other files than {options.fer2013}: what is scored there might "
            "have been learned; run fer-live compress data with it first"
        )


def _variant(workshop: Workshop, name: str, path: Path) -> Variant:
    layers = read_layers(path.with_name(f"{FLOAT[name]}.onnx"), workshop.size)
    content = path.read_bytes()
    return Variant(
        name=name,
        title=TITLES[name],
        file=path.name,
        sha256=sha256(content).hexdigest(),
        bytes=len(content),
        parameters=sum(layer.parameters for layer in layers),
        macs=sum(layer.macs for layer in layers),
        parent=PARENTS[name],
        precision=next((kind for kind in ("int8", "fp16") if name.endswith(kind)), "fp32"),
        labels=FER2013_LABELS,
        heads=tuple(Head(head, LABELS[head]) for head in HEADS),
        head=BLEND,
        input=seen(workshop.size),
        recipe=workshop.recipe.to_dict(),
    )


def seen(size: int) -> InputSpec:
    """How the app cuts what a network trained on pictures of ``size`` saw of a face: the same 44 of 48 pixels.

    ``face`` is an even number of pixels more, so that the network's lie in its middle; the edge of the view is then
    off by less than a pixel of 48 (``augment.view``), and by nothing at 44.
    """
    return InputSpec(size=size, face=size + 2 * round(size * (FACE_SIDE - CENTRE) / CENTRE / 2), mean=MEAN, std=STD)


def all_scores(manifest: Manifest, options: PublishOptions) -> list[EvaluateReport]:
    """Every variant through every head, against FER2013's labels, the FER+ majority (given votes) and unseen data.

    The second report is the first without near copies, where the data have faces of ``LEARNED`` and others than those.
    """
    heads = (*HEADS, BLEND)
    threads = os.cpu_count() or 1
    asked = [
        EvaluateOptions(options.fer2013, manifest.names, SPLIT, head, votes=options.ferplus, threads=threads)
        for head in heads
    ]
    if options.ferplus is not None:
        asked += [replace(each, labels="ferplus") for each in asked]
    if options.all_views:
        asked += [replace(asked[0], views=views) for views in PROTOCOLS if views != "single"]
    asked += [
        EvaluateOptions(data, manifest.names, head=head, threads=threads)
        for data, head in product(options.unseen, heads)
    ]
    memory = Memory()
    first, *more = (_told(each, manifest, memory) for each in asked)
    return [first, *_apart(replace(asked[0], apart_from=LEARNED), manifest, memory), *more]


def _told(asked: EvaluateOptions, manifest: Manifest, memory: Memory) -> EvaluateReport:
    """The report, announced: all of them take half an hour on two cores."""
    on = "FER+ majority" if asked.labels == "ferplus" else asked.data.name
    apart = f", apart from near copies in {asked.apart_from}" if asked.apart_from else ""
    log.info("scoring on %s, head %s, %s%s", on, asked.head, PROTOCOLS[asked.views], apart)
    return run_evaluate(asked, manifest, load=memory.load)


def _apart(asked: EvaluateOptions, manifest: Manifest, memory: Memory) -> list[EvaluateReport]:
    """The headline figures without near copies; none where the data have no such faces."""
    try:
        return [_told(asked, manifest, memory)]
    except DataError as error:
        log.warning("the model card has no accuracy apart from near copies: %s", error)
        return []


def _install(files: dict[str, Path], told: Path, out: Path) -> None:
    """The networks and all that is ``told`` of them, to ``out``: all of it or, when that fails, nothing."""
    places = {path: out / path.name for path in files.values()}
    places |= {path: out / path.relative_to(told) for path in told.rglob("*") if path.is_file()}
    places[told / MANIFEST] = places.pop(told / MANIFEST)  # to the end
    partial = {target: target.with_name(f"{target.name}.part") for target in places.values()}
    try:
        for source, target in places.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, partial[target])
        for target, whole in partial.items():
            os.replace(whole, target)
    finally:
        for left in partial.values():
            with suppress(OSError):
                left.unlink(missing_ok=True)


def _write_tables(workshop: Workshop, files: dict[str, Path], told: Path, *, sensitivity: bool) -> None:
    before = read_layers(files[REFERENCE], workshop.size)
    for name, path in files.items():
        after = read_layers(files[FLOAT[name]], workshop.size)
        measured = sensitivity and name.endswith("int8")
        log.info("layer by layer: %s%s", name, ", each quantised alone" if measured else "")
        with layer_costs(workshop, name) if measured else nullcontext() as lost:
            rows = layer_table(before, after, latency_shares(path, after, workshop.size), lost)
        write_table(rows, told / "layers", name)
