"""A recipe from another seed, and which folders its steps go to."""

from dataclasses import replace
from pathlib import Path

from fer_live.compress.recipe import load_recipe, with_seed
from fer_live.compress.steps import Workshop

RECIPE = load_recipe(Path(__file__).parents[2] / "recipes" / "tiny.toml")


def test_another_seed_reaches_every_training_and_keeps_the_teachers_apart() -> None:
    recipe = with_seed(RECIPE, 7)
    start = recipe.start
    assert start is not None
    ours = (start.train, start.again, start.taught, recipe.train, recipe.again)
    ours += (recipe.between, recipe.finetune, recipe.aware)
    assert [config and config.seed for config in ours] == [7] * 8
    assert [config.seed for config in start.beside] == [8]
    assert with_seed(recipe, RECIPE.train.seed) == RECIPE


def test_who_teaches_decides_where_the_result_goes(tmp_path: Path) -> None:
    (tmp_path / "data.npz").write_bytes(b"faces")
    start = RECIPE.start
    assert start is not None

    def folders(beside: int) -> list[Path]:
        other = replace(RECIPE, start=replace(start, beside=start.beside * beside))
        workshop = Workshop(tmp_path, other)
        return [workshop._train_folder(), workshop._prune_folder()]

    none, one, two = folders(0), folders(1), folders(2)
    assert len({*none, *one, *two}) == 6
    assert one == folders(1)
