"""The learning curve as a picture, so that a training can be judged at a glance."""

from pathlib import Path

from matplotlib.figure import Figure


def draw_curve(history: list[dict[str, float]], path: Path) -> None:
    """Loss and, where validation faces were held out, accuracy over the epochs, as PNG."""
    figure = Figure(figsize=(8, 4), layout="constrained")
    loss = figure.subplots()
    epochs = [row["epoch"] for row in history]
    loss.plot(epochs, [row["loss"] for row in history], color="#555555", label="loss (training)")
    loss.set(xlabel="epoch", ylabel="loss")
    if all("fer2013" in row for row in history):
        accuracy = loss.twinx()
        accuracy.plot(epochs, [100 * row["fer2013"] for row in history], color="#0072b2", label="FER2013 labels")
        accuracy.plot(epochs, [100 * row["ferplus"] for row in history], color="#d55e00", label="FER+ majority")
        accuracy.set(ylabel="validation accuracy, %")
    figure.legend(loc="outside upper center", ncols=3, frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
