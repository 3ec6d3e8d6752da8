"""The figures of bench.py as tables: each row beside its goal first, then everything behind it."""

from forms import words


def mine(row):
    return f"glyxel {row.precision}"


def ratio(row, figures):
    """How many times better this library is than its fastest peer, and that peer's name; (None, None) where one is missing."""
    ran = {name: value["median"] for name, value in figures.items() if "refused" not in value}
    own = ran.pop(mine(row), None)
    if row.against == "itself":
        return own, None
    if own is None or not ran:
        return None, None
    best = min(ran, key=ran.get) if row.less_is_better else max(ran, key=ran.get)
    return (ran[best] / own if row.less_is_better else own / ran[best]), best


def number(value, unit):
    if unit.startswith(("of ", "with ")):
        return f"{value:.4f}"
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:.{digits}f}"


def cell(figures, name, unit):
    value = figures.get(name)
    if value is None:
        return "-"
    return "not yet" if "refused" in value else number(value["median"], unit)


def verdict(row, figures):
    """The cells behind a row's name."""
    got, best = ratio(row, figures)
    own = cell(figures, mine(row), row.unit)
    theirs = f"{cell(figures, best, row.unit)} ({best})" if best else "-"
    share = row.against == "itself"
    times = "-" if got is None else f"{got:.4f}" if share else f"{got:.2f}×"
    goal = "-" if row.goal is None else f"≥ {row.goal:g}" if share else f"≥ {row.goal:.2f}×"
    met = "" if row.goal is None else "not yet" if got is None else "met" if got >= row.goal else "missed"
    return own, theirs, times, goal, met


def summary_table(rows, figures):
    lines = ["| row | unit | glyxel | fastest peer | glyxel is better by | goal | |", "| --- | --- | ---: | ---: | ---: | ---: | --- |"]
    for row in rows:
        lines.append(f"| {row.name} | {row.unit} | " + " | ".join(verdict(row, figures[row.name])) + " |")
    return "\n".join(lines)


def details(rows, figures):
    lines = ["| row | | median | lowest to highest | form |", "| --- | --- | ---: | ---: | --- |"]
    for row in rows:
        for name, value in figures[row.name].items():
            if "refused" in value:
                lines.append(f"| {row.name} | {name} | not yet | | {value['refused']} |")
                continue
            low, high = (number(pick(value["all"]), row.unit) for pick in (min, max))
            lines.append(f"| {row.name} | {name} | {number(value['median'], row.unit)} | {low} to {high} | {words(value.get('form', {}))} |")
    return "\n".join(lines)


def cosine_table(cosines):
    lines = ["| model | | worst cosine |", "| --- | --- | ---: |"]
    lines += [f"| {model} | {name} | {value:.6f} |" for model, found in cosines.items() for name, value in found.items()]
    return "\n".join(lines)
