"""What decides how one training runs."""

from dataclasses import dataclass, field

from fer_live.compress.augment import Augmentation


@dataclass(frozen=True)
class TrainConfig:
    """How one training runs. ``sizes`` lists (epochs, input side in pixels): small pictures first saves time.

    ``mixup`` above 0 is the alpha of ``augment.mixed``. ``momentum`` can only be 0.9: the one-cycle schedule moves it
    from 0.95 down to 0.85 while the learning rate rises, and back.

    ``sharpness`` above 0 looks for a flat minimum: each gradient is taken where the loss is highest within that
    distance (``sharpness.uphill``; 0.05 to 0.2 are usual). An epoch then takes half as long again.

    ``all_faces``: the validation faces are learned too. They can then choose nothing more, so whatever is made of the
    result learns them as well (``recipe_check``), and all was chosen by trainings without it.
    """

    sizes: tuple[tuple[int, int], ...] = ((20, 32), (20, 44))
    batch: int = 128
    lr: float = 0.1
    warmup: float = 0.2
    momentum: float = 0.9
    weight_decay: float = 5e-4
    label_smoothing: float = 0.1
    ferplus_weight: float = 0.7
    average: float = 0.999
    distill_weight: float = 0.0
    distill_temperature: float = 3.0
    seed: int = 1
    mixup: float = 0.0
    sharpness: float = 0.0
    all_faces: bool = False
    augmentation: Augmentation = field(default_factory=Augmentation)

    @property
    def epochs(self) -> int:
        """Epochs in all."""
        return sum(epochs for epochs, _ in self.sizes)

    def size_at(self, epoch: int) -> int:
        """Input side in pixels for this epoch (from 0)."""
        for epochs, size in self.sizes:
            if epoch < epochs:
                return size
            epoch -= epochs
        return self.sizes[-1][1]


@dataclass(frozen=True)
class FinetuneConfig(TrainConfig):
    """Training under teachers. ``views`` above 0: only so many random views of each face, shown again and again.

    The teachers then look at each view once. 0 draws new views in every epoch.
    """

    views: int = 0
