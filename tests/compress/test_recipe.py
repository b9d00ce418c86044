"""A recipe from another seed, and which folders its steps go to."""

import re
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from fer_live.compress import steps
from fer_live.compress.checkpoint import CheckpointError, write_checkpoint
from fer_live.compress.data import import_fer2013
from fer_live.compress.networks import FerResNet, Widths, measured_widths
from fer_live.compress.recipe import NetworkConfig, RecipeError, fingerprint, load_recipe, with_seed
from fer_live.compress.steps import HEADS, Workshop
from fer_live.compress.train import Task
from fer_live.compress.training_config import TrainConfig
from tests.compress.conftest import FerFiles, drawn_face

TINY = Path(__file__).parents[2] / "recipes" / "tiny.toml"
RECIPE = load_recipe(TINY)


def test_another_seed_reaches_every_training_and_keeps_the_teachers_apart() -> None:
    recipe = with_seed(RECIPE, 7)
    start = recipe.start
    assert start is not None
    ours = (start.train, *start.again, start.taught, recipe.train, *recipe.again)
    ours += (recipe.between, recipe.finetune, recipe.aware)
    assert [config and config.seed for config in ours] == [7] * 8
    assert [(config.seed, *(restart.seed for restart in config.again)) for config in start.beside] == [(8, 8)]
    assert with_seed(recipe, RECIPE.train.seed) == RECIPE


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"base = 32": "base = 48"}, r"\[start\] joins networks of base 16 \+ 16, \[network\] base is 48"),
        ({"{ base = 16": "{ base = 8"}, r"networks of base 16 \+ 8, \[network\] base is 32"),
        ({'grow = "join"': "", "\nbase = 16": "\nbase = 64"}, r"\[start.network\] base is 64, more than the 32"),
    ],
)
def test_widths_that_cannot_be_are_told_before_hours_of_training(
    tmp_path: Path, changes: dict[str, str], words: str
) -> None:
    text = TINY.read_text(encoding="utf-8")
    for old, new in changes.items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    path = tmp_path / "recipe.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RecipeError, match=words):
        load_recipe(path)


def changed(folder: Path, old: str, new: str, whole: Path = TINY) -> Path:
    """``whole`` with one place changed."""
    text = whole.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path = folder / "recipe.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


@pytest.mark.parametrize(("name", "epochs"), [("[[again]]", 1), ("[finetune]", 2), ("[aware]", 1)])
def test_what_ships_must_have_learned_pictures_of_one_size(tmp_path: Path, name: str, epochs: int) -> None:
    learned = f"\n{name}\nall_faces = true\nsizes = "
    path = changed(tmp_path, f"{learned}[[{epochs}, 24]]", f"{learned}[[1, 24], [1, 32]]")
    with pytest.raises(RecipeError, match=rf"{re.escape(name)} ends at 32 pixels, \[train\] at 24; let the last of"):
        load_recipe(path)


@pytest.mark.parametrize(
    ("section", "named"),
    [
        *(("[[start.again]]", r"\[\[start\.again\]\]"), ("[[start.beside]]", r"\[\[start\.beside\]\]")),
        *(("[[start.beside.again]]", r"\[\[start\.beside\.again\]\]"), ("[train]", r"\[train\]")),
    ],
)
def test_a_momentum_that_would_do_nothing_is_refused(tmp_path: Path, section: str, named: str) -> None:
    path = changed(tmp_path, f"\n{section}", f"\n{section}\nmomentum = 0.8\n#")
    with pytest.raises(RecipeError, match=f"{named} momentum is 0.8, but the one-cycle schedule"):
        load_recipe(path)


FULL = TINY.with_name("resnet18.toml")
FINE = "lr = 0.05\nwarmup = 0.1\n"  # of [finetune]
FINE_VIEW = "erase = 0.2, scale_low = 0.85 }\nlabel_smoothing = 0.05\ndistill_weight = 0.7"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"pruned-int8"', '"pruned_int8"', r"default is 'pruned_int8', which no recipe makes \(known: fp32, pruned,"),
        (
            '"percentile"',
            '"percentil"',
            r"unknown calibration method 'percentil' \(known: minmax, entropy, percentile\)",
        ),
        ("equalise = 0.5", "equalise = 50", r"\[quantize\] equalise is 50.0"),
        ("faces = 512", "faces = 0", r"\[quantize\] faces is 0"),
        (FINE, FINE.replace("0.05", "-0.03"), r"\[finetune\] lr is -0.03; it must be above 0"),
        (FINE, FINE.replace("0.05", "nan"), r"\[finetune\] lr is nan"),
        (FINE, FINE + "batch = 0\n", r"\[finetune\] batch is 0; it must be 1 or more"),
        (FINE, FINE + "average = 9.99\n", r"\[finetune\] average is 9.99"),
        (FINE, FINE + "sharpness = -0.1\n", r"\[finetune\] sharpness is -0.1; it must be 0 or more"),
        (FINE, FINE + "seed = -1\n", r"\[finetune\] seed is -1; it must be 0 to"),
        (FINE_VIEW, FINE_VIEW.replace("0.05", "1.1"), r"\[finetune\] label_smoothing is 1.1"),
        (FINE_VIEW, FINE_VIEW.replace("0.85", "2.0"), r"scale_low is 2.0, above scale_high 1.15"),
        (FINE_VIEW, FINE_VIEW.replace("erase = 0.2", "erase = -1.0"), r"\[finetune\] augmentation: erase is -1.0"),
        (FINE, FINE.replace("0.1", "1.5"), r"\[finetune\] warmup is 1.5; it must be 0 to 1"),
        ("views = 0", "views = -4", r"\[finetune\] views is -4"),
        ("[[40, 44]]", "[]", r"\[finetune\] sizes are empty"),
        ("[[40, 44]]", "[[0, 32], [40, 44]]", r"\[finetune\] sizes have \[0, 32\]"),
        ("[[40, 44]]", "[[40, 96], [40, 44]]", r"\[finetune\] sizes have \[40, 96\]; .*pixels 1 to 48"),
        ("[[40, 44]]", "[[40, 36]]", r"\[finetune\] ends at 36 pixels"),
        ("distill_weight = 0.7\nviews = 0", "", r"\[finetune\] has teachers that its distill_weight of 0 never asks"),
        (FINE_VIEW, FINE_VIEW.replace("0.7", "7"), r"\[finetune\] distill_weight is 7.0"),
        ("ratio = 0.42", "ratio = 50", r"\[prune\] ratio is 50.0; it must be above 0 and below 1"),
        ("multiple = 16", "multiple = 0", r"\[prune\] multiple is 0"),
        ("multiple = 16", "steps = 0", r"\[prune\] steps is 0"),
        ("multiple = 16", "latency = -0.5", r"\[prune\] latency is -0.5"),
        ("multiple = 16", "latency = 50", r"\[prune\] latency is 50.0; it must be 0 or more, and below 1"),
        ("base = 64", "base = 0", r"\[network\] base is 0"),
        ("dropout = 0.3\n\n[train]", "dropout = 1.0\n\n[train]", r"\[network\] dropout is 1.0"),
        ("[[2, 44]]", "[[2, 64]]", r"\[train\] sizes have \[2, 64\]"),
        ("blocks = [1, 2, 2, 2]", "blocks = [1, 2, 2]", r"\[prune\] blocks are \[1, 2, 2\]; give each of the 4"),
        ("blocks = [1, 2, 2, 2]", "blocks = [0, 2, 2, 2]", r"\[prune\] blocks are \[0, 2, 2, 2\]"),
        ("ratio = 0.42", "ratio = 0.01", r"\[prune\] nothing to remove at ratio 0.01 with multiples of 16"),
        ("multiple = 16", "multiple = 512", r"\[prune\] nothing to remove at ratio 0.42 with multiples of 512"),
        (
            "[finetune]",
            "[between]\nsizes = [[1, 44]]\n[finetune]",
            r"\[between\] trains between cuts, and there",
        ),
        (
            "[start.train]\n",
            "[start.train]\ndistill_weight = 0.5\n",
            r"\[start.train\] has a distill_weight of 0.5",
        ),
    ],
)
def test_what_would_only_show_after_hours_is_told_at_once(tmp_path: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(RecipeError, match=words):
        load_recipe(changed(tmp_path, old, new, FULL))


def test_a_network_that_would_teach_nobody_is_told_before_it_is_trained(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text('name = "x"\n[[beside]]\nseed = 2\n')
    with pytest.raises(RecipeError, match=r"\[\[beside\]\] teaches nobody"):
        load_recipe(path)
    path.write_text('name = "x"\n[[beside]]\nseed = 2\n[taught]\ndistill_weight = 0.5\n')
    assert load_recipe(path).beside
    path.write_text('name = "x"\n[start.network]\nbase = 32\n[start.train]\n[[start.beside]]\nseed = 2\n')
    with pytest.raises(RecipeError, match=r"\[\[start.beside\]\] teaches nobody"):
        load_recipe(path)


def test_networks_that_would_be_trained_alike_are_told(tmp_path: Path) -> None:
    """Joined, one and itself have all channels twice."""
    start = 'name = "x"\n[start]\ngrow = "join"\n[start.network]\nbase = 32\n[start.train]\n[[start.beside]]\n'
    path = tmp_path / "recipe.toml"
    for text in (start, 'name = "x"\n[[beside]]\n[taught]\ndistill_weight = 0.5\n'):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(RecipeError, match=r"beside\]\] is trained as another network is; give it a seed"):
            load_recipe(path)
        path.write_text(text.replace("beside]]\n", "beside]]\nseed = 2\n"), encoding="utf-8")
        assert load_recipe(path).name == "x"


@pytest.mark.parametrize(
    ("learns", "forgets"),
    [
        ("[start.train]", "[[start.again]]"),
        ("[[start.beside]]", "[[start.beside.again]]"),
        ("[[start.beside.again]]", "[start.taught]"),
        ("[start.taught]", "[train]"),
        ("[train]", "[[again]]"),
        ("[[again]]", "[between]"),
        ("[between]", "[finetune]"),
        ("[finetune]", "[aware]"),
    ],
)
def test_faces_once_learned_judge_nothing_that_comes_after(tmp_path: Path, learns: str, forgets: str) -> None:
    """Else accuracy on validation faces would be told of a network that descends from one that knows them."""
    text = TINY.read_text(encoding="utf-8").replace("all_faces = true\n", "")
    path = tmp_path / "recipe.toml"
    path.write_text(text, encoding="utf-8")
    assert load_recipe(path)
    path.write_text(text.replace(f"\n{learns}", f"\n{learns}\nall_faces = true\n#", 1), encoding="utf-8")
    with pytest.raises(RecipeError, match=re.escape(f"{learns} has all_faces and {forgets}, made of it, does not")):
        load_recipe(path)


@pytest.mark.parametrize(("old", "new"), [('"resnet18"', "2026-01-05"), ("lr = 0.03", "seed = 2026-01-05")])
def test_a_date_is_no_name_and_no_number(tmp_path: Path, old: str, new: str) -> None:
    with pytest.raises(RecipeError, match=r'is "2026-01-05", not (str|int)'):
        load_recipe(changed(tmp_path, old, new, FULL))


def test_a_recipe_that_says_next_to_nothing_can_be_used(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text('name = "x"\n')
    assert load_recipe(path).name == "x"


def test_a_size_that_no_face_can_be_cut_to_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    for side in (8, 12):
        sizes = f"sizes = [[1, {side}]]"
        path.write_text(f'name = "x"\n[train]\n{sizes}\n[finetune]\n{sizes}\ndistill_weight = 0.5\n')
        with pytest.raises(RecipeError, match=f"end at {side} pixels; what ships sees 16 to 48"):
            load_recipe(path)


@pytest.mark.parametrize("path", sorted(TINY.parent.glob("*.toml")), ids=lambda path: path.stem)
def test_the_recipes_of_the_project_can_be_used(path: Path) -> None:
    assert load_recipe(path).name == path.stem


def test_cutting_a_start_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text('name = "x"\n[prune]\nsource = "start"\n', encoding="utf-8")
    with pytest.raises(RecipeError, match=r"there is no \[start\]"):
        load_recipe(path)


def test_a_network_more_than_the_wide_one_is_made_of_only_teaches(tmp_path: Path) -> None:
    third = changed(tmp_path, "[start.taught]", "[[start.beside]]\nseed = 3\n[start.taught]")
    recipe = load_recipe(third)
    assert recipe.start is not None
    assert recipe.start.bases == [16, 16, 16]
    elders = tuple(FerResNet(Widths.uniform(16), HEADS) for _ in range(3))
    grown = Workshop(tmp_path, recipe)._grown(elders)
    assert measured_widths(grown) == Widths.uniform(recipe.network.base) == Widths.uniform(32)
    text = 'name = "x"\n[start]\ngrow = "join"\n[start.network]\nbase = 32\n[start.train]\n[[start.beside]]\nseed = 2\n'
    third.write_text(text, encoding="utf-8")  # the wide one is made of it
    assert load_recipe(third).start
    third.write_text(f"{text}[[start.beside]]\nseed = 3\n", encoding="utf-8")
    with pytest.raises(RecipeError, match=r"\[\[start.beside\]\] teaches nobody"):
        load_recipe(third)


def test_networks_of_several_widths_can_be_joined(tmp_path: Path) -> None:
    (tmp_path / "data.npz").write_bytes(b"faces")
    start = RECIPE.start
    assert start is not None
    small = replace(start.beside[0], network=NetworkConfig(base=8), again=())
    workshop = Workshop(tmp_path, replace(RECIPE, start=replace(start, beside=(small, small))))
    alone = Workshop(
        tmp_path, replace(RECIPE, start=None, again=(), taught=None, network=small.network, train=small.alone)
    )
    narrow = workshop._narrow()
    assert narrow is not None
    assert narrow.folders.beside == [alone.folders.train] * 2  # what it would be called as a recipe's whole task


def test_widths_that_a_kill_left_half_written_are_chosen_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, network: FerResNet
) -> None:
    """Each later run would end at what is left of them."""
    (tmp_path / "data.npz").write_bytes(b"faces")
    workshop, wanted = Workshop(tmp_path, RECIPE), Widths.uniform(16)
    monkeypatch.setattr(steps, "choose_widths", lambda *_: wanted)
    write = Path.write_bytes

    def killed(path: Path, content: bytes) -> int:
        write(path, content[:10])
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", killed)
        with pytest.raises(KeyboardInterrupt):
            workshop._pruned_widths(network)
    assert workshop._pruned_widths(network) == wanted
    monkeypatch.delattr(steps, "choose_widths")
    assert workshop._pruned_widths(network) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"stages": [16]}',
        '{"stages": [16, "32", 64, 128], "inner": [[16], [32], [64], [128]]}',
        '{"stages": [8, 16, 32, 64], "inner": [[8], [16], [32], [64]]}',
        '{"stages": [0, 16, 32, 64], "inner": [[8, 8], [16, 16], [32, 32], [64, 64]]}',
        '{"stages": [8, 16, 32, 9999], "inner": [[8, 8], [16, 16], [32, 32], [64, 64]]}',
    ],
)
def test_widths_that_were_damaged_say_how_to_mend_them(tmp_path: Path, network: FerResNet, text: str) -> None:
    (tmp_path / "data.npz").write_bytes(b"faces")
    workshop = Workshop(tmp_path, RECIPE)
    path = workshop.folders.prune / "widths.json"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(CheckpointError, match=r"widths\.json: .+; delete it, and the widths are chosen anew"):
        workshop._pruned_widths(network)


def test_who_teaches_decides_where_the_result_goes(tmp_path: Path) -> None:
    (tmp_path / "data.npz").write_bytes(b"faces")
    start = RECIPE.start
    assert start is not None

    def folders(beside: int) -> list[Path]:
        other = replace(RECIPE, start=replace(start, beside=start.beside * beside))
        workshop = Workshop(tmp_path, other)
        return [workshop.folders.train, workshop.folders.prune]

    none, one, two = folders(0), folders(1), folders(2)
    assert len({*none, *one, *two}) == 6
    assert one == folders(1)


def test_whichever_network_knows_the_validation_faces_it_is_told() -> None:
    """One cut from the narrow network may know them while full precision does not, or the other way round."""
    trainings = {"train": RECIPE.train, "finetune": RECIPE.finetune}
    told = {name: replace(config, all_faces=False) for name, config in trainings.items()}
    recipe = replace(RECIPE, again=(), taught=None, aware=None, **told)
    assert not recipe.learns_validation
    for name, config in told.items():
        assert replace(recipe, **{name: replace(config, all_faces=True)}).learns_validation


def test_a_restart_beside_takes_up_what_was_trained_before(tmp_path: Path) -> None:
    """Its first training keeps its folder, so that adding one repeats nothing; what it taught goes elsewhere."""
    (tmp_path / "data.npz").write_bytes(b"faces")
    start = RECIPE.start
    assert start is not None
    beside = start.beside[0]
    recipes = [replace(RECIPE, start=replace(start, beside=(one,))) for one in (beside, replace(beside, again=()))]
    again, once = (Workshop(tmp_path, recipe).folders for recipe in recipes)
    assert again.narrow is not None
    assert once.narrow is not None
    assert again.narrow.beside_in_turn(beside)[0] == once.narrow.beside[0]
    assert again.narrow.beside != once.narrow.beside
    assert again.train != once.train


def test_all_faces_are_those_held_out_too(
    tmp_path: Path, files: FerFiles, network: FerResNet, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    for number in range(70):
        files.add(number % 7, drawn_face(number % 7, rng))
    files.write()
    workshop, tasks = Workshop(tmp_path, RECIPE), []
    report = import_fer2013(files.fer2013, files.ferplus, workshop.data)

    def noted(task: Task, config: TrainConfig, folder: Path) -> None:
        tasks.append(task)
        write_checkpoint(folder / "checkpoint.pt", network, {"history": [], "result": network.state_dict()})

    monkeypatch.setattr(steps, "train", noted)
    for all_faces in (False, True):
        workshop._learn(network, TrainConfig(all_faces=all_faces), tmp_path / f"train-{all_faces}", ())
    assert report.validation > 0
    assert [len(task.training) for task in tasks] == [report.training, 70]
    assert [len(task.validation) for task in tasks] == [report.validation, 0]


def test_a_finished_network_needs_nothing_that_it_came_from(tmp_path: Path, network: FerResNet) -> None:
    (tmp_path / "data.npz").write_bytes(b"faces")
    workshop = Workshop(tmp_path, RECIPE)
    for folder in (workshop.folders.train, workshop.folders.prune):
        write_checkpoint(folder / "checkpoint.pt", network, {"history": [], "result": network.state_dict()})
        (folder / "done").touch()
    for read in (workshop.trained(), workshop.pruned()):
        assert torch.equal(read.state_dict()["conv.weight"], network.state_dict()["conv.weight"])
    assert len(list(tmp_path.iterdir())) == 3


def test_files_of_a_network_that_was_made_anew_are_made_anew(
    tmp_path: Path, network: FerResNet, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data.npz").write_bytes(b"faces")
    workshop, made = Workshop(tmp_path, replace(RECIPE, aware=None)), []

    def export(source: FerResNet, path: Path, size: int) -> None:
        path.parent.mkdir(exist_ok=True)
        made.append(path.name)

    monkeypatch.setattr(steps, "export_onnx", export)
    monkeypatch.setattr(steps, "halve", lambda *of: None)
    monkeypatch.setattr(steps, "quantize", lambda *of: None)
    monkeypatch.setattr(Workshop, "calibration_pictures", lambda self: None)
    state = {"history": [], "result": network.state_dict()}
    for folder in (workshop.folders.train, workshop.folders.prune):
        write_checkpoint(folder / "checkpoint.pt", network, state)
        (folder / "done").touch()
    assert workshop.exported() == workshop.exported()
    assert made == ["fp32.onnx", "pruned.onnx"]
    write_checkpoint(workshop.folders.prune / "checkpoint.pt", network, {**state, "history": [{"epoch": 1}]})
    assert workshop.exported() == workshop.exported()
    assert len(made) == 4
    (workshop.folders.train / "checkpoint.pt").unlink()
    workshop.exported()
    assert len(made) == 4


def test_another_trainings_result_is_not_taken_for_this_ones(tmp_path: Path, network: FerResNet) -> None:
    """What the file does not tell, since it is older than the entry, is as it was without it."""
    (tmp_path / "data.npz").write_bytes(b"faces")
    workshop = Workshop(tmp_path, RECIPE)
    folder, right = workshop.folders.prune, asdict(RECIPE.finetune)
    state = {"history": [], "result": network.state_dict()}
    older = {name: value for name, value in right.items() if name != "sharpness"}
    oldest = {**older, "augmentation": {"rotation": 12.0}}
    for config in (right, older, oldest):
        write_checkpoint(folder / "checkpoint.pt", network, {**state, "config": config})
        (folder / "done").touch()
        assert workshop.pruned() is not None
    for config in ({**right, "lr": 0.3}, {**right, "unheard_of": 1}, [right]):
        write_checkpoint(folder / "checkpoint.pt", network, {**state, "config": config})
        with pytest.raises(CheckpointError, match="was made by another recipe; name another folder or delete it"):
            workshop.pruned()
    sharper = Workshop(tmp_path, replace(RECIPE, finetune=replace(RECIPE.finetune, sharpness=0.1)))
    write_checkpoint(sharper.folders.prune / "checkpoint.pt", network, {**state, "config": older})
    (sharper.folders.prune / "done").touch()
    with pytest.raises(CheckpointError, match="was made by another recipe"):
        sharper.pruned()


def test_an_entry_that_recipes_did_not_know_before_leaves_results_where_they_are() -> None:
    @dataclass(frozen=True)
    class Older:
        lr: float = 0.1
        sizes: tuple[int, ...] = (1, 2)

    @dataclass(frozen=True)
    class Newer(Older):
        sharpness: float = 0.0
        inner: Older = field(default_factory=Older)

    assert fingerprint("train", Newer(lr=0.2)) == fingerprint("train", Older(lr=0.2))
    others = [Newer(), Newer(lr=0.2, sharpness=0.1), Newer(inner=Older(lr=0.2)), Newer(sizes=(1,)), Newer(sizes=(2, 1))]
    assert len({fingerprint("train", other) for other in (Newer(lr=0.2), *others)}) == 6
    assert fingerprint("train", [Newer(lr=0.2)]) != fingerprint("train", Newer(lr=0.2))
