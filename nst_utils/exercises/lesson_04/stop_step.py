"""Lesson 04, stop_step: when it no longer pays."""

from nst_utils.exercises.exercise import Exercise, Variant
from nst_utils.exercises.readers import whole_number


def stop_step(losses, patience, least):
    """The index of the first step at which it no longer pays.

    ``losses[t]`` is the loss after step t, above zero. At step t, compare the best (smallest) of the last ``patience``
    losses, the one of step t included, with the best of all losses before those. It no longer pays when the former is
    smaller by less than the share ``least`` of the latter; exactly that share still pays. Steps with nothing before
    those ``patience`` losses are not judged. If it pays to the end, return len(losses).

    >>> stop_step([8.0, 4.0, 2.0, 2.0, 2.0], patience=2, least=0.25)
    4
    >>> stop_step([8.0, 4.0, 2.0, 1.0], patience=2, least=0.25)  # pays to the end
    4

    In the first one, step 3 compares min(2, 2) with min(8, 4): half is gained. Step 4 compares min(2, 2) with
    min(8, 4, 2): nothing is.
    """
    for step in range(patience, len(losses)):
        before = min(losses[: step - patience + 1])
        recent = min(losses[step - patience + 1 : step + 1])
        if before - recent < least * before:
            return step
    return len(losses)


def _stopping(judged, start=lambda patience: patience, found=lambda step, patience: step, never=len):
    """As the reference, with one part exchanged."""

    def stop(losses, patience, least):
        for step in range(start(patience), len(losses)):
            if judged(losses, step, patience, least):
                return found(step, patience)
        return never(losses)

    return stop


def _before(losses, step, patience):
    return min(losses[: step - patience + 1])


def _recent(losses, step, patience):
    return min(losses[step - patience + 1 : step + 1])


def _gain(losses, step, patience):
    return _before(losses, step, patience) - _recent(losses, step, patience)


def _right(losses, step, patience, least):
    return _gain(losses, step, patience) < least * _before(losses, step, patience)


def _counter(best_after):
    """Patience as training loops count it: steps in a row that gain too little on the best so far."""

    def stop(losses, patience, least):
        best, waited = losses[0], 0
        for step, loss in enumerate(losses[1:], 1):
            pays = best - loss >= least * best
            waited = 0 if pays else waited + 1
            if waited >= patience:
                return step
            best = best_after(best, loss, pays)
        return len(losses)

    return stop


def _first(compared, start=0):
    """The first step at which what was before and the best of the last ones are too near; windows by slices."""

    def stop(losses, patience, least):
        for step in range(patience + start, len(losses)):
            before, recent = compared(losses, step, patience)
            if min(before) - min(recent) < least * min(before):
                return step
        return len(losses)

    return stop


STOP = Exercise(
    stop_step,
    read=whole_number,
    cases=(
        ([8.0, 8.0], 1, 0.25),
        ([8.0, 6.0, 6.0], 1, 0.25),
        ([8.0, 4.0, 2.0], 1, 0.25),
        ([16.0, 12.5, 8.0], 1, 0.25),
        ([8.0, 8.0, 4.0, 2.0, 1.0], 1, 0.25),
        ([8.0, 4.0, 2.0, 2.0, 2.0], 2, 0.25),
        ([16.0, 8.0, 12.0, 4.0, 8.0, 2.0, 8.0, 8.0, 8.0], 2, 0.25),
        ([2.0, 1.0, 0.5, 0.25, 0.25, 0.25], 2, 0.5),
        ([1.0, 4.0, 2.0, 1.0], 2, 0.25),
        ([64.0, 32.0, 31.0, 30.0, 29.0, 28.0, 27.0], 3, 0.25),
        ([4.0, 2.0], 3, 0.25),
        ([12.0, 7.0, 5.0, 4.0], 2, 0.5),  # gains that add up inside of the window
        ([8.0, 7.0, 4.0], 2, 0.5),
        ([8.0, 5.0, 6.0, 3.0, 3.0, 3.0, 2.5], 3, 0.25),
        ([0.5, 0.25, 0.375, 0.1875, 0.1875, 0.15], 2, 0.25),
        ([1e6, 1e3, 1.0, 1.0, 0.001, 0.001], 1, 0.5),
        ([8.0, 4.0, 3.0, 2.75, 2.5, 2.25, 2.125], 3, 0.25),
    ),
    variants=(
        Variant(
            "one step late",
            _stopping(_right, found=lambda step, patience: step + 1),
            "One step late: either step + 1 was returned, or both slices end one loss too early. A slice leaves out "
            "its end, so the window that holds losses[t] ends at t + 1.",
        ),
        Variant(
            "start of the window",
            _stopping(_right, found=lambda step, patience: step - patience),
            "That is where the standstill begins. You know of it only patience steps later.",
        ),
        Variant(
            "the loss itself",
            lambda losses, patience, least: losses[min(stop_step(losses, patience, least), len(losses) - 1)],
            "That is the loss at this step; asked for is the step.",
        ),
        Variant(
            "one step back",
            _stopping(
                lambda losses, step, patience, least: losses[step - 1] - losses[step] < least * losses[step - 1],
                start=lambda patience: 1,
            ),
            "Each loss is compared with the one before it: patience plays no part, and one bad step ends the run.",
        ),
        Variant(
            "last, not best",
            _stopping(
                lambda losses, step, patience, least: (
                    losses[step - patience] - losses[step] < least * losses[step - patience]
                )
            ),
            "Two single losses are compared. Losses jump: take the best before and the best of the last ones.",
        ),
        Variant(
            "amount, not share",
            _stopping(lambda losses, step, patience, least: _gain(losses, step, patience) < least),
            "least is taken as an amount: it is a share of the best loss before.",
        ),
        Variant(
            "share of the new loss",
            _stopping(
                lambda losses, step, patience, least: (
                    _gain(losses, step, patience) < least * _recent(losses, step, patience)
                )
            ),
            "The gain is divided by the new loss; a share is taken of what was there before.",
        ),
        Variant(
            "equal stops",
            _stopping(
                lambda losses, step, patience, least: (
                    _gain(losses, step, patience) <= least * _before(losses, step, patience)
                )
            ),
            "A gain of exactly that share still pays: less than, not less or equal.",
        ),
        Variant(
            "window too long",
            _stopping(
                lambda losses, step, patience, least: _right(losses, step, patience + 1, least),
                start=lambda patience: patience + 1,
            ),
            "The window is one loss too long: the last patience losses include the one of this step.",
        ),
        Variant(
            "counter from the last that paid",
            _counter(lambda best, loss, pays: loss if pays else best),
            "Steps without a sufficient gain were counted. Here small gains add up: look at the best of all the last "
            "patience losses against the best before.",
        ),
        Variant(
            "counter from the best",
            _counter(lambda best, loss, pays: min(best, loss)),
            "Each loss was compared with the best just before it, and poor steps were counted. Small gains add up: "
            "compare the best of the last patience losses with the best before those.",
        ),
        Variant(
            "window without its last",
            _first(lambda losses, step, patience: (losses[: step - patience + 1], losses[step - patience : step])),
            "The last losses end one too early: a slice leaves out its end, and the loss of step t belongs to the "
            "window. Its slice ends at t + 1.",
        ),
        Variant(
            "against the first",
            _first(lambda losses, step, patience: (losses[:1], losses[step - patience + 1 : step + 1])),
            "Everything is compared with the very first loss. Compare with the best of all losses before the window.",
        ),
        Variant(
            "all but this one before",
            _first(lambda losses, step, patience: (losses[:step], losses[step : step + 1])),
            "Only the loss of this step is held against all others. Take the best of the last patience ones.",
        ),
        Variant(
            "judged one step late",
            _first(
                lambda losses, step, patience: (losses[: step - patience + 1], losses[step - patience + 1 : step + 1]),
                1,
            ),
            "The first step that can be judged is left out: range(patience, ...) begins with it.",
        ),
        Variant(
            "window one step early",
            lambda losses, patience, least: next(
                (
                    step
                    for step in range(patience, len(losses))
                    if min(losses[: step - patience]) - min(losses[step - patience : step])
                    < least * min(losses[: step - patience])
                ),
                len(losses),
            ),
            "Both slices end one loss early: a slice leaves out its end, and the loss of the step itself belongs in.",
        ),
        Variant(
            "last such step",
            lambda losses, patience, least: max(
                (step for step in range(patience, len(losses)) if _right(losses, step, patience, least)),
                default=len(losses),
            ),
            "The search goes on after the first such step: return at once.",
        ),
        Variant(
            "minus one",
            _stopping(_right, never=lambda losses: -1),
            "-1 when it pays to the end: as an index that is the last step. Return len(losses).",
        ),
        Variant(
            "last index",
            _stopping(_right, never=lambda losses: len(losses) - 1),
            "The last index when it pays to the end; nobody could tell this from stopping there.",
        ),
        Variant(
            "max for min",
            _stopping(
                lambda losses, step, patience, least: (
                    max(losses[: step - patience + 1]) - max(losses[step - patience + 1 : step + 1])
                    < least * max(losses[: step - patience + 1])
                )
            ),
            "max where min belongs: the best loss is the smallest.",
        ),
    ),
    hints=(
        "Do the worked example with a pencil: for each step, underline the last patience losses, circle the best of "
        "them, and circle the best of what lies left of them.",
        "A loop over steps, two slices, two times min. The first step that has anything left of its window is step "
        "patience.",
        "The window ends with losses[t], so its slice ends at t + 1. Where does it begin, if it holds patience losses? "
        "What lies before goes up to the same index.",
    ),
    checked=(
        "losses that jump up and down",
        "patience of 1, 2 and 3",
        "a gain of exactly the least share",
        "runs that pay to the end, or are shorter than patience",
    ),
)
