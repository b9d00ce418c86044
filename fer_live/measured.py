"""What a benchmark has measured so far: kept for the report, written to the session's folder, compared."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from fer_live.bench_report import BenchReport, Pair, VariantReport, Verdict
from fer_live.classifier import OnnxClassifier
from fer_live.comparison import Interval, PairedRuns
from fer_live.frame import Choice, Frame, FrameResult, VariantRun
from fer_live.machine import LoadMeter
from fer_live.pipeline import Pipeline
from fer_live.record import Recorder, RowRates, SessionFacts
from fer_live.stats import summarise
from fer_live.summary import beside


class Measured:
    """Takes short runs of frames one after the other. One thread; ``close``, then ``report``."""

    def __init__(self, recorder: Recorder, facts: SessionFacts, choices: Sequence[Choice]) -> None:
        self.frames = self.without_face = 0
        self._recorder, self._facts, self._choices = recorder, facts, choices
        self._reference = facts.manifest.reference
        self._tally = recorder.tally  # which each frame that is written counts in
        self._process: PairedRuns[Choice] = PairedRuns(facts.detect_every)
        self._classify: PairedRuns[Choice] = PairedRuns()
        self._load = LoadMeter()
        self._others_percent = 0.0
        self._detect_ms: list[float] = []
        self._detect_cost = _Cost()
        self._costs = {choice: _Cost() for choice in choices}
        self._faces = 0
        self._changes: dict[Choice, float] = {}

    def run(
        self, frames: Sequence[Frame], pipeline: Pipeline, classifiers: Sequence[OnnxClassifier], round_: int
    ) -> None:
        """Measure one run of frames: detection once, then every classifier in the given order."""
        with self._detect_cost:
            found = [pipeline.process(frame, ()) for frame in frames]
        runs: list[list[VariantRun]] = [[] for _ in found]
        for classifier in classifiers:
            first = next((result for result in found if result.faces), found[0])
            classifier.classify(first.frame.rgb, first.faces)
            with self._costs[classifier.choice]:
                for result, row in zip(found, runs, strict=True):
                    row.append(classifier.classify(result.frame.rgb, result.faces))
        self._keep([replace(result, runs=tuple(row)) for result, row in zip(found, runs, strict=True)], round_)

    @property
    def runs(self) -> int:
        """How many short runs there were."""
        return len(self._process)

    def verdicts(self) -> tuple[Verdict, ...]:
        """Every choice against the reference with as many threads, as far as is known."""
        found = []
        for choice in self._choices:
            reference = choice.of(self._reference)
            if choice != reference and reference in self._choices:
                whole, alone = (timed.speedup(choice, reference) for timed in (self._process, self._classify))
                found.append(Verdict(Pair(choice, reference, whole, alone), self._tally.agreement(choice)))
        return tuple(found)

    def close(self) -> None:
        """Write the summary."""
        self._others_percent = self._load.others_percent
        spent = {choice: self._cpu_percent(choice) for choice in self._choices}
        self._recorder.close(spent, self._speedups(), {"found": self.report(0, False).findings()})

    def report(self, rounds: int, interrupted: bool) -> BenchReport:
        """Everything measured, in the order of ``choices``."""
        summaries = {row.choice: row for row in self._tally.summaries()}
        speedups, facts = self._speedups(), self._facts
        rows = [
            VariantReport(
                variant=facts.manifest.variant(choice.variant),
                summary=summaries.get(choice),
                faces=self._faces,
                change=self._changes.get(choice),
                cpu_percent=self._cpu_percent(choice),
                threads=choice.threads,
                provider=choice.provider,
                speedup_interval=speedups.get(choice),
            )
            for choice in self._choices
        ]
        return BenchReport(
            source=facts.source,
            threads=facts.threads,
            detect_every=facts.detect_every,
            rounds=rounds,
            warm_up=facts.warm_up,
            frames=self.frames,
            without_face=self.without_face,
            detect=summarise(self._detect_ms),
            variants=tuple(rows),
            folder=self._recorder.folder,
            interrupted=interrupted,
            sweep=facts.sweep,
            runs=self.runs,
            pairs=tuple(
                Pair(*pair, self._process.speedup(*pair), self._classify.speedup(*pair)) for pair in self._pairs()
            ),
            verdicts=self.verdicts(),
            drift=self._process.drift(),
            others_percent=self._others_percent,
        )

    def _keep(self, results: Sequence[FrameResult], round_: int) -> None:
        for result in results:
            self._keep_one(result)
        seen = [(result, run) for result in results if result.faces for run in result.runs]
        self._process.add(self._columns((run.choice, result.process_ms(run)) for result, run in seen), round_)
        self._classify.add(self._columns((run.choice, run.classify_ms) for _, run in seen), round_)

    def _keep_one(self, result: FrameResult) -> None:
        self.frames += 1
        self.without_face += not result.faces
        self._faces += len(result.faces)
        self._detect_ms.append(result.detect_ms)
        self._recorder.write(result, RowRates(None, None, 0))
        for run, reference in beside(result, self._reference):
            if reference is not None:
                known = (self._changes.get(run.choice), *(_change(*pair) for pair in _scores(run, reference)))
                if changes := [change for change in known if change is not None]:
                    self._changes[run.choice] = max(changes)

    def _speedups(self) -> dict[Choice, Interval]:
        """Against the reference with as many threads, where there is enough to say."""
        found = {}
        for choice in self._choices:
            reference = choice.of(self._reference)
            interval = self._process.speedup(choice, reference) if choice != reference else None
            if interval is not None:
                found[choice] = interval
        return found

    def _pairs(self) -> Iterator[tuple[Choice, Choice]]:
        """What is worth a verdict: same threads or same variant, the later one against the earlier one."""
        for place, choice in enumerate(self._choices):
            for against in self._choices[:place]:
                if choice.threads == against.threads or choice.variant == against.variant:
                    yield choice, against

    def _columns(self, times_ms: Iterable[tuple[Choice, float]]) -> dict[Choice, list[float]]:
        """A column per choice, empty where there was no face."""
        columns: dict[Choice, list[float]] = {choice: [] for choice in self._choices}
        for choice, spent in times_ms:
            columns[choice].append(spent)
        return columns

    def _cpu_percent(self, choice: Choice) -> float:
        return (self._costs[choice] + self._detect_cost).cpu_percent


@dataclass(frozen=True)
class Step:
    """How far a benchmark has come: the round it is in, of how many, and the frames so far of all rounds.

    ``expected`` is about how many frames there will be, 0 when that is not known. ``measured`` may be asked only while
    the benchmark waits, which is during the call that gives it.
    """

    round: int
    rounds: int
    frames: int
    expected: int
    measured: Measured


class _Cost:
    """Processor and wall time of the blocks run ``with`` it."""

    def __init__(self, wall_s: float = 0.0, cpu_s: float = 0.0) -> None:
        self._wall_s, self._cpu_s = wall_s, cpu_s

    def __enter__(self) -> None:
        self._wall_s -= time.perf_counter()
        self._cpu_s -= time.process_time()

    def __exit__(self, *fault: object) -> None:
        self._wall_s += time.perf_counter()
        self._cpu_s += time.process_time()

    def __add__(self, other: "_Cost") -> "_Cost":
        return _Cost(self._wall_s + other._wall_s, self._cpu_s + other._cpu_s)

    @property
    def cpu_percent(self) -> float:
        return 100 * self._cpu_s / self._wall_s if self._wall_s > 0 else 0.0


def _scores(run: VariantRun, reference: VariantRun) -> Iterator[tuple[dict[str, float], dict[str, float]]]:
    for mine, theirs in zip(run.predictions, reference.predictions, strict=True):
        yield dict(zip(mine.labels, mine.scores, strict=True)), dict(zip(theirs.labels, theirs.scores, strict=True))


def _change(mine: dict[str, float], theirs: dict[str, float]) -> float | None:
    """None where there is nothing to compare: they share no label."""
    return max((abs(mine[label] - theirs[label]) for label in mine.keys() & theirs.keys()), default=None)
