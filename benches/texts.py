"""The rows of a model of texts: makes its forms, keeps its peers' processes, measures row after row."""

import json
from pathlib import Path

from peers import PEERS
from processes import Subject, run_script, say, summary, worst_cosine
from text_measures import MEASURES

QUALITY = ("spearman", "neighbours", "same-nearest")
REFERENCE = "ONNX Runtime"  # in f32: nothing of its arithmetic is ours or torch's


class Subjects:
    """The peers of one model, started when first asked for."""

    def __init__(self, settings):
        self.settings, self.live, self.refused = settings, {}, {}

    def get(self, name, precision):
        """None where the peer has no such precision."""
        if precision not in PEERS[name].forms or (name, precision) in self.refused:
            return None
        if (name, precision) not in self.live:
            say(f"starting {name} {precision}")
            subject = Subject("worker.py", PEERS[name], precision, self.settings)
            refusal = subject.start()
            if refusal:
                self.refused[name, precision] = refusal
                return None
            self.live[name, precision] = subject
        return self.live[name, precision]

    def of(self, row):
        found = [self.get(name, row.precision) for name in ("glyxel", *row.peers)]
        return [subject for subject in found if subject]

    def versions(self):
        return {k: v for s in self.live.values() for k, v in s.ask("versions").items()}

    def stop(self):
        for subject in self.live.values():
            subject.stop()


def cosines(subjects, texts):
    """The worst over `texts` of each subject that ran, with the reference."""
    expected = subjects.get(REFERENCE, "f32").ask("vectors", texts=texts)
    return {s.name: worst_cosine(s.ask("vectors", texts=texts), expected) for s in subjects.live.values() if s.peer.name != "oneDNN ceiling"}


def quality(row, subjects, arguments, folder):
    """How much of what f32 finds is found in int8, for each peer by its own vectors."""
    folder = Path(folder) / "vectors"
    folder.mkdir(exist_ok=True)
    for s in [subjects.get(REFERENCE, "f32"), *subjects.of(row)]:
        file = folder / f"{s.name}.json"
        if not file.exists():
            run_script("quality.py", "texts", arguments.reviews, arguments.wordsim, folder / "texts.json")
            s.ask("save", file=str(folder / f"{s.name}.npy"), texts=json.loads((folder / "texts.json").read_text(encoding="utf-8")))
            run_script("quality.py", "figures", arguments.wordsim, folder / f"{REFERENCE} f32.npy", folder / f"{s.name}.npy", file)
    return {s.name: summary([json.loads((folder / f"{s.name}.json").read_text())[row.work]]) for s in subjects.of(row)}


def measure(row, subjects, run, arguments, folder):
    """Figures of each subject: the median, all values, the form in which it was fastest; or why there are none."""
    say(row.name)
    if row.work in QUALITY:
        figures = quality(row, subjects, arguments, folder)
    else:
        own = subjects.of(row)
        values = MEASURES[row.work](row, own, run)
        figures = {s.name: summary(values[s.name]) | {"form": s.form} for s in own}
    if ("glyxel", row.precision) in subjects.refused:
        figures[f"glyxel {row.precision}"] = {"refused": subjects.refused["glyxel", row.precision]}
    return figures


def rows_of(model, rows, run, arguments, work):
    """{row's name: figures}, versions, and {subject: worst cosine}."""
    folder = f"{work}/{model}"
    say(f"making {model}")
    run_script("text_models.py", folder, model, arguments.minilm)
    if any(row.precision == "int8" for row in rows):
        run_script("quantised.py", "texts", folder, f"{run.texts}/calibration.txt")
    size = json.loads(Path(folder, "size.json").read_text(encoding="utf-8"))
    settings = {"model": folder, "size": size, "lib": arguments.lib, "threads": arguments.threads, "cache": f"{work}/cache"}
    subjects = Subjects(settings)
    try:
        figures = {row.name: measure(row, subjects, run, arguments, folder) for row in rows}
        return figures, subjects.versions(), cosines(subjects, run.read("mixed", 64))
    finally:
        subjects.stop()
