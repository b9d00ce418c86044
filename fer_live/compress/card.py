"""The model card: every published figure with the command that prints it, as Markdown beside the models."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.figure import Figure

from fer_live.compress.recipe import Recipe
from fer_live.evaluate_report import EvaluateReport, VariantScore, in_points
from fer_live.manifest import BLEND, Manifest, Variant
from fer_live.scoring import Score
from fer_live.variant import PROTOCOLS

USE: Final = """## What they are for, and what not

They name the expression that a face shows on a picture, in the terms of FER2013's annotators. They do not know what a
person feels. They must not be used to judge people: not for hiring, schooling, policing, border control, credit or
medical decisions, and not on anyone who has not agreed. Laws forbid some of these uses outright.

FER2013's pictures come from the web, mostly posed or acted, and its labels are noisy: they agree with FER+'s ten
annotators on 65 % of the faces for which these have one most voted emotion. Who is on the pictures (age, skin, gender,
culture) is not recorded, so how the errors differ between groups of people is unknown.
"""

_SOURCES: Final = {  # by EvaluateReport.data: how to ask for it, and what it is called
    "FER2013": ("--data fer2013.csv", "FER2013's labels"),
    "FER+": ("--data fer2013.csv --labels ferplus --votes fer2013new.csv", "the FER+ majority"),
}
_UNSEEN: Final = {  # folders by their names, of data sets that are known by them
    "CK+": "CK+ (Lucey et al. 2010) are faces that show an emotion on request, cropped to 48 pixels: the last three "
    "pictures of each sequence. The intervals take pictures for independent; as the three of a sequence hardly differ, "
    "those on CK+ ought to be up to 1.7 times as wide.",
}


def write_card(
    manifest: Manifest, recipe: Recipe, reports: Sequence[EvaluateReport], out: Path, *, seed: int | None = None
) -> None:
    """``README.md``, and a confusion matrix per variant as PNG, in ``out``; ``seed`` if one was given by hand."""
    shown = next(report for report in reports if report.data == "FER2013" and report.variants[0].head == BLEND)
    for row in shown.variants:
        _draw_confusion(row, out / "confusion" / f"{row.variant.name}.png")
    parts = [
        "# The models that ship\n",
        _origin(recipe, seed),
        _files(manifest),
        _protocol(recipe, reports),
        *(_apart(report, reports) if report.apart_from else _scores(report) for report in reports),
        _errors(shown),
        USE,
        "## Licence\n\nThe weights were learned from FER2013, which may be used for research only; so may they. FER+'s "
        "votes are Microsoft's, MIT.\n",
    ]
    (out / "README.md").write_text("\n".join(parts), encoding="utf-8")


def _origin(recipe: Recipe, given: int | None) -> str:
    command = f"fer-live compress run recipes/{recipe.name}.toml" + ("" if given is None else f" --seed {given}")
    told = f"Made by `{command}`; the recipe is stored in `manifest.json`."
    seed = f"One training, seed {recipe.train.seed}: how much another seed would change is not in these figures."
    return "\n\n".join(part for part in (told, recipe.note.strip(), seed) if part) + "\n"


def _files(manifest: Manifest) -> str:
    reference = manifest.variant(manifest.reference)
    head = ["variant", "bytes", "of full precision", "parameters", "MACs per face"]
    return "## Files\n\n" + _table(head, [_file_row(variant, reference) for variant in manifest.variants])


def _file_row(variant: Variant, reference: Variant) -> list[str]:
    share = f"1/{reference.bytes / variant.bytes:.1f}"
    return [variant.name, f"{variant.bytes:,}", share, f"{variant.parameters:,}", f"{variant.macs:,}"]


def _protocol(recipe: Recipe, reports: Sequence[EvaluateReport]) -> str:
    unseen = dict.fromkeys(report.data for report in reports if report.data not in _SOURCES)
    about = " ".join(
        f"{_UNSEEN.get(data, f'{data}: faces of others.')} Nothing was learned from them." for data in unseen
    )
    learned = ""
    if recipe.learns_validation:
        learned = (
            "Once all was chosen, these were learned as well; what `layers/` tells of one layer's rounding "
            "(`accuracy_lost`) is told of them. "
        )
    told = (
        "## Protocol\n\nTrained on FER2013's Training split without the faces that recur bit for bit in PublicTest or "
        "PrivateTest, without such repeats and without pictures that are no face; near copies, such as other crops of "
        "one photograph, remain. 7 % of the rest, chosen by a hash of the pixels, was held out to choose by. "
        f"{learned}"
        'Scored on PublicTest through the classifier that the app runs; "single crop", one '
        "central crop per face, is what the app does. PrivateTest was not looked at. Each network has two heads, one "
        "for FER2013's labels and one for FER+'s votes; **blend**, the geometric mean of both, is what the app shows.\n"
    )
    return f"{told}\n{about}\n" if about else told


def _scores(report: EvaluateReport) -> str:
    against_it = f"against {report.reference}"
    columns = ["variant", "n", "accuracy", "95 % interval", against_it, "macro-F1", "macro recall", "ECE"]
    rows = [_score_row(row, in_points(report.difference(row))) for row in report.variants]
    return f"## {_asked(report)}\n\n{_table(columns, rows)}"


def _asked(report: EvaluateReport) -> str:
    """What was scored how, and below it the command."""
    head = report.variants[0].head
    where, against = _SOURCES.get(report.data, (f"--data {report.data}", f"the labels of {report.data}"))
    views = next(name for name, protocol in PROTOCOLS.items() if protocol == report.protocol)
    more = "" if views == "single" else f" --views {views}"
    split = f" --split {report.split}" if report.split else ""
    apart = f" --apart-from {report.apart_from}" if report.apart_from else ""
    told = f", apart from near copies in {report.apart_from}" if apart else ""
    command = f"fer-live evaluate {where}{split} --head {head}{more}{apart}"
    return f"Head {head} against {against}, {report.protocol}{told}\n\n`{command}`"


def _apart(report: EvaluateReport, reports: Sequence[EvaluateReport]) -> str:
    """Accuracy without near copies, beside that on all faces."""
    whole = next(one for one in reports if _asked(one) == _asked(replace(report, apart_from="")))
    pairs = list(zip(whole.variants, report.variants, strict=True))
    every, left = (row.score.n for row in pairs[0])
    head = [
        "variant",
        f"all, n = {every:,}",
        f"apart from near copies, n = {left:,}",
        "95 % interval",
        f"near copies, n = {every - left:,}",
    ]
    rows = [
        [every.variant.name, _percent(every.score.accuracy), *_accuracy(left.score), _percent(_of_others(every, left))]
        for every, left in pairs
    ]
    told = (
        f"{report.near_copies:,} faces of {report.split} have a near copy in {report.apart_from}: the same photograph, "
        "cropped, resized or stamped otherwise, mirrored, or bit for bit (from these last nothing was learned). "
        "Figures on all faces are those to hold against papers; those apart from near copies say more of new faces."
    )
    return f"## {_asked(report)}\n\n{told}\n\n{_table(head, rows)}"


def _of_others(every: VariantScore, left: VariantScore) -> float:
    """Accuracy on the faces that ``every`` scored and ``left`` did not."""
    return (int(every.right.sum()) - int(left.right.sum())) / max(every.score.n - left.score.n, 1)


def _score_row(row: VariantScore, difference: str) -> list[str]:
    score = row.score
    values = [_percent(value) for value in (score.macro_f1, score.macro_recall, score.ece)]
    return [row.variant.name, f"{score.n:,}", *_accuracy(score), difference, *values]


def _accuracy(score: Score) -> tuple[str, str]:
    """And half of its 95 % interval."""
    half = 1.96 * (score.accuracy * (1 - score.accuracy) / score.n) ** 0.5
    return _percent(score.accuracy), f"+-{_percent(half)}"


def _errors(shown: EvaluateReport) -> str:
    labels = shown.variants[0].score.labels
    rows = [[row.variant.name, *(_recall(row.score.recall[label]) for label in labels)] for row in shown.variants]
    worst = "\n".join(f"- {row.variant.name}: {_worst(row)}" for row in shown.variants)
    pictures = " ".join(f"![{row.variant.name}](confusion/{row.variant.name}.png)" for row in shown.variants)
    return (
        f"## What they get wrong\n\nRecall by label, %, head {BLEND}:\n\n{_table(['variant', *labels], rows)}\n"
        f"Largest shares of a label's faces that are called another:\n\n{worst}\n\n{pictures}\n\n"
        "Layer by layer (size, cost, share of the time): the tables in `layers/`. What a layer was before is what it "
        "is in full precision, whichever network was pruned.\n"
    )


def _recall(share: float | None) -> str:
    return "-" if share is None else _percent(share)  # none: no face has the label


def _worst(row: VariantScore) -> str:
    confusion = np.array(row.score.confusion, float)
    share = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    np.fill_diagonal(share, 0)
    places = np.argsort(share, axis=None)[::-1][:3]
    found = [np.unravel_index(place, share.shape) for place in places]
    labels = row.score.labels
    return ", ".join(f"{labels[i]} called {labels[j]} {_percent(share[i, j])} %" for i, j in found)


def _draw_confusion(row: VariantScore, path: Path) -> None:
    confusion = np.array(row.score.confusion, float)
    share = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    figure = Figure(figsize=(4.6, 4.4), layout="constrained")
    axes = figure.subplots()
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    places = range(len(row.score.labels))
    axes.set_xticks(places, row.score.labels, rotation=45, ha="right")
    axes.set_yticks(places, row.score.labels)
    axes.set(xlabel="called", ylabel="label", title=f"{row.variant.name}, n = {row.score.n:,}, rows in %")
    for i in places:
        for j in places:
            axes.text(
                j, i, f"{100 * share[i, j]:.0f}", ha="center", va="center", color="w" if share[i, j] > 0.5 else "k"
            )
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=90)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _percent(share: float) -> str:
    return f"{100 * share:.2f}"
