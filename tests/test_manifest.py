import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tiny_onnx import tiny_manifest, tiny_variant

from fer_live.manifest import ManifestError, Metrics, load_manifest, shipped, write_manifest


def test_what_is_written_is_read_back_the_same(tmp_path: Path) -> None:
    manifest = tiny_manifest(tmp_path)
    again = load_manifest(tmp_path / "manifest.json")
    assert again == manifest
    assert again.names == ("fp32", "pruned", "int8")
    assert again.variant("int8").path == (tmp_path / "int8.onnx").resolve()
    assert not list(tmp_path.glob("*.part"))


def test_values_that_json_has_no_word_for_survive(tmp_path: Path) -> None:
    unknown = Metrics("FER2013", "PublicTest", "blend", "ten crops", 10, 0.7, 0.6)
    manifest = tiny_manifest(tmp_path)
    changed = replace(manifest, variants=tuple(replace(v, metrics=(unknown,)) for v in manifest.variants))
    write_manifest(changed, tmp_path / "manifest.json")
    assert "NaN" not in (tmp_path / "manifest.json").read_text()
    assert math.isnan(load_manifest(tmp_path).variants[0].metrics[0].ece)


def test_the_folder_may_be_named_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny_manifest(tmp_path)
    monkeypatch.setenv("FER_LIVE_MODELS", str(tmp_path))
    assert load_manifest().folder == tmp_path.resolve()


def test_accuracy_is_the_shown_heads_on_public_test_single_crop(tmp_path: Path) -> None:
    variant = tiny_variant(tmp_path, "fp32")
    row = variant.metrics[0]
    others = (replace(row, split="PrivateTest", accuracy=0.1), replace(row, head="ferplus", accuracy=0.2))
    others += (replace(row, protocol="ten crops", accuracy=0.3), replace(row, data="CK+", accuracy=0.4))
    assert replace(variant, metrics=(*others, row)).accuracy == 0.5
    assert replace(variant, metrics=others).accuracy is None


def test_an_altered_file_is_refused(tmp_path: Path) -> None:
    variant = tiny_variant(tmp_path, "fp32")
    variant.verify()
    variant.path.write_bytes(variant.path.read_bytes() + b"x")
    with pytest.raises(ManifestError, match=r"altered or damaged \(its sha256 differs\)"):
        variant.verify()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    variant = tiny_variant(tmp_path, "fp32")
    variant.path.unlink()
    with pytest.raises(ManifestError, match=r"fp32\.onnx cannot be read"):
        variant.verify()


def test_an_unknown_variant_lists_the_known(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"unknown variant 'fp64' \(known: fp32, pruned, int8\)"):
        tiny_manifest(tmp_path).variant("fp64")


def _edited(folder: Path, change: Any) -> Path:
    tiny_manifest(folder)
    path = folder / "manifest.json"
    raw = json.loads(path.read_text())
    change(raw)
    path.write_text(json.dumps(raw))
    return path


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda raw: raw.update(schema=2), "made by a newer fer_live"),
        (lambda raw: raw.pop("schema"), "no schema number"),
        (lambda raw: raw.pop("default"), "default is missing"),
        (lambda raw: raw.update(default="x"), "default 'x' is not among the variants"),
        (lambda raw: raw.update(reference="x"), "reference 'x' is not among the variants"),
        (lambda raw: raw.update(variants={}), "variants is {}"),
        (lambda raw: raw["variants"][1].update(name="fp32"), "two variants share a name"),
        (lambda raw: raw["variants"][1].pop("sha256"), r"variants\[1\].sha256 is missing"),
        (lambda raw: raw["variants"][1].update(bytes="many"), r'variants\[1\].bytes is "many", not int'),
        (lambda raw: raw["variants"][1].update(bytes=True), r"variants\[1\].bytes is true"),
        (lambda raw: raw["variants"][1].update(labels=["happy", 3]), r"variants\[1\].labels\[1\] is 3, not str"),
        (lambda raw: raw["variants"][1]["input"].update(std=0), "std must be above 0"),
        (lambda raw: raw["variants"][1]["input"].update(size=50), "input 50 of 48 pixels"),
        (lambda raw: raw["variants"][1]["input"].update(channels="cmyk"), "channels 'cmyk'"),
        (lambda raw: raw["variants"][1].update(head="votes"), "head 'votes' does not give its labels"),
        (lambda raw: raw["variants"][1].update(labels=["bored"]), "does not give its labels"),
        (lambda raw: raw["variants"][1].update(heads=[]), "no heads"),
        (lambda raw: raw["variants"][1].update(precision="int4"), 'precision is "int4", not one of fp32, fp16, int8'),
        (lambda raw: raw["variants"][1].update(file="../x.onnx"), "not inside the models' folder"),
        (lambda raw: raw["variants"][1].update(file="/x.onnx"), "not inside the models' folder"),
        (lambda raw: raw["variants"][1].update(name="a\ud800"), "characters that cannot be shown"),
        (lambda raw: raw["variants"][1].update(title="a\nb"), "characters that cannot be shown"),
        (lambda raw: raw["variants"][1].update(file="a\0b"), "characters that cannot be shown"),
        (lambda raw: raw["variants"][1].update(macs=-1), "must be 0 or more"),
        (lambda raw: raw["variants"][1].update(bytes=10**400), r"variants\[1\].bytes is 1000.*too large a number"),
        (lambda raw: raw["variants"][1]["metrics"][0].update(accuracy=None), "accuracy must be a share"),
        (lambda raw: raw["variants"][1]["input"].update(batch=2**31), "a batch of 2147483648 faces cannot be fed"),
        (lambda raw: raw["variants"][1]["input"].update(batch=-1), "a batch of -1 faces cannot be fed; export"),
        (lambda raw: raw["variants"][1]["input"].update(face=10**6), "input 44 of 1000000 pixels"),
        (lambda raw: raw["variants"][1]["input"].update(mean=1e308), "mean must be a number"),
        (lambda raw: raw["variants"][1]["input"].update(std=1e-320), "std must be above 0"),
        (lambda raw: raw["variants"][1]["input"].update(crop={"side": None}), "the crop's side"),
    ],
)
def test_a_broken_manifest_is_refused_with_the_place(tmp_path: Path, change: Any, told: str) -> None:
    path = _edited(tmp_path, change)
    with pytest.raises(ManifestError, match=told) as caught:
        load_manifest(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"', "\x00", "[" * 100_000, "[" * 200 + "]" * 200])
def test_what_is_no_manifest_at_all_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(ManifestError, match="is broken"):
        load_manifest(tmp_path)


def test_fields_of_later_editions_are_passed_over(tmp_path: Path) -> None:
    path = _edited(tmp_path, lambda raw: raw["variants"][0].update(colour="red"))
    assert load_manifest(path).names == ("fp32", "pruned", "int8")


def test_a_missing_manifest_is_named(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="no manifest of models at"):
        load_manifest(tmp_path)


def test_an_invalid_manifest_is_not_written(tmp_path: Path) -> None:
    manifest = tiny_manifest(tmp_path)
    before = (tmp_path / "manifest.json").read_bytes()
    with pytest.raises(ManifestError, match="default 'x'"):
        write_manifest(replace(manifest, default="x"), tmp_path / "manifest.json")
    assert (tmp_path / "manifest.json").read_bytes() == before


def test_the_shipped_folders_are_found() -> None:
    assert (shipped("assets") / "face_detection_short_range.tflite").is_file()


def test_the_shipped_models_are_intact() -> None:
    for variant in load_manifest(shipped("models")).variants:
        variant.verify()
        assert variant.bytes == variant.path.stat().st_size
