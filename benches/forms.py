"""The ways in which a peer can do the same work: its batch size, its graph, how many batches run at once. Each is measured in the one
that is fastest.

A peer's `forms` are, for each precision, axes with their options: {"f32": {"batch": [32, 8, 16], "shapes": ["dynamic", "static"]}}. The
first of each is where the search begins. {}: the peer chooses by itself."""


def default(axes):
    return {axis: options[0] for axis, options in axes.items()}


def fastest(axes, speed):
    """Along one axis after another, the others as they were best so far. `speed` takes a form; more is better."""
    form = default(axes)
    known = {}

    def of(candidate):
        key = tuple(candidate.values())
        if key not in known:
            known[key] = speed(candidate)
        return known[key]

    for axis, options in axes.items():
        if len(options) > 1:
            form = max(({**form, axis: option} for option in options), key=of)
    return form


def words(form):
    return ", ".join(f"{axis} {option}" for axis, option in form.items()) or "its own"
