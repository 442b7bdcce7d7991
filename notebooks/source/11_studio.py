# %% [markdown]
# # The Studio: make something
#
# **Question:** What do I want to make?
#
# **Objectives:** You will be able to
# - paint your own pictures in the Studio, and paint a result again to the bit;
# - turn an opinion about paintings into a hypothesis that can fail;
# - choose a unit and a measure, run a small sweep, and read an interval and a p-value off it;
# - write a report whose verdict follows from its numbers.
#
# **Prerequisites:** [05 Content or style](05_content_or_style.ipynb); for the second half
# [07 Which pictures go together](07_which_pictures.ipynb).
#
# **Minutes to read:** 20
#
# **Seconds to compute:** measured by the build

# %% tags=["setup"]
# The build fills in this cell.

# %%
import itertools
import json
from pathlib import Path

import numpy as np

import nst_utils as nst
from nst_utils import plots

# %% [markdown]
# ## Make something
#
# The last lesson has no new method. It has everything so far, and you. First, play.
#
# The **Studio** needs two choices, a content and a style, and one button, **Generate**. The pictures may come from the
# gallery, from files of yours, or from an address. None of the settings has to be touched. Each has the name of a
# keyword of `nst.stylize`, so you know what they do.
#
# **Guess first:** the portrait below is painted at 256 pixels and in 120 steps. Which will a larger *size* change more,
# the face or the pattern? And which way do you have to pull *content_weight* to get the skin back?

# %%
studio = nst.Studio("portrait", "mandala", size=256, steps=120)
studio.generate()
studio.wait()
studio

# %% [markdown]
# Change one thing at a time, and press **Generate** again. Each result stays in the row at the bottom, with all of its
# settings; press it to have both back. *before / after* lays the content over the painting. Below the settings stands
# the line of Python that does the same.
#
# The same Studio is an app without a notebook around it: `make studio`, or `nst studio`, serves it on your own machine.
# (Where no kernel runs, as on GitHub, you see a picture of one painting: open the lesson on Colab or with `make lab` to
# use the Studio.)
#
# ## The same painting again
#
# A painting that nobody can repeat proves nothing. What has to be known to paint it again? The two pictures, all
# settings, the seed, the network's weights, the version of the program. *save the settings* in the Studio writes them
# into a file, and so does `save` with the ending `.json`.
#
# **Guess first:** thousands of sums of small numbers, on several processor cores. Will a second run be the same to the
# last bit, or only to the eye?

# %%
first = nst.stylize("harbor", "crying_sky", size=64, steps=30, content_weight=0.1, seed=7, progress=False)
first.save("first.png")
written = first.save("settings.json")

# %% tags=["nbval-check-output"]
settings = json.loads(Path("settings.json").read_text())
again = nst.stylize("harbor", "crying_sky", **settings, progress=False)
print("seed", settings["seed"], "and size", settings["size"], "came from the file")
print("the same to the last bit:", np.array_equal(first.picture, again.picture))

# %% [markdown]
# And without Python at all. In a terminal you would write
# `nst stylize harbor crying_sky --settings settings.json -o again.png`; here is the same call:

# %% tags=["nbval-check-output"]
from nst_utils.cli import main

words = "stylize harbor crying_sky --settings settings.json -o again.png --quiet"
print("exit code", main(words.split()))
print("the two files are equal:", Path("first.png").read_bytes() == Path("again.png").read_bytes())

# %% [markdown]
# To the bit: the order in which sums are taken is fixed, and all that is random comes from the seed. (On machines of
# *one* kind with the same number of cores, which share the sums out among them. Elsewhere the last digit may be another
# one, and 300 steps make a little more of it.) So whoever has your pictures and your file has your painting.
#
# ## From an opinion to a hypothesis
#
# Gatys and his colleagues write that with *average* pooling instead of *maximum* pooling they got "slightly more
# appealing results". This course has average pooling for that reason. But it is an opinion: it names no measure, no
# number of pictures, and nothing that would speak against it.
#
# A **hypothesis** can fail. It says, *before* anything is painted,
#
# - what is claimed, in a sentence that could be false;
# - which **setting** is changed, from which value to which, while all else stays;
# - by which **measure** it will be judged, and on which side it is expected;
# - what the **unit** is: the thing that could have been another one, and that is counted;
# - what would change your mind.
#
# Nobody can measure "appealing" here. But if average pooling paints better, one might expect that more of the style is
# gained. So we commit ourselves:

# %%
hypothesis = {
    "claim": "Average pooling gains more of the style than maximum pooling.",
    "setting": "pooling",
    "values": ("avg", "max"),
    "measure": "style_gap_closed",
    "expected": "larger",
    "unit": "pair of pictures",
    "would_change": "A pair that gains less with average pooling, in the median over its seeds.",
}

# %% [markdown]
# Why write that down first? Because afterwards a reason is found for any number. Who looks at ten measures and then
# tells of the one that fits has tested nothing (Kerr, 1998, calls it *HARKing*: hypothesizing after the results are
# known).
#
# ### How many pairs?
#
# The unit is the pair, as in lesson 07: two seeds of one pair are repeats, not witnesses. Suppose that pooling made no
# difference. Then a pair would be ahead or behind like a coin that is tossed.
#
# **Guess first:** how many pairs does it take until "all on one side" is a surprise, rarer than 1 in 20?

# %% tags=["nbval-check-output"]
for pairs in (3, 4, 5, 6, 8):
    print(f"{pairs} pairs: all on one side in 2 of {2**pairs:3} cases, {2 / 2**pairs:.3f}")

# %% [markdown]
# Six. This is one of the oldest tests there are, the **sign test**, and it gives an interval, too: with six pairs or
# more, the true median of the differences lies between the lowest and the highest pair in at least 95 of 100
# experiments, for otherwise all six would be on one side of it. It is a wide interval, but you can compute it in your
# head.
#
# ## The sweep
#
# Three contents, two styles, two seeds, two kinds of pooling: 24 small paintings. `nst.sweep` saves each one as it ends
# and tells of those that fail.

# %% tags=["nbval-check-output"]
contents, styles = ["harbor", "flower", "temple"], ["swirls", "woodcut"]
short = {"size": 96, "sizes": [[96]], "steps": 60, "learning_rate": 0.05, "judge": "none", "progress": False}
runs = nst.sweep(contents, styles, into="pooling", seeds=[0, 1], pooling=["avg", "max"], **short)
print(len(runs), "paintings,", sum(runs["status"] == "done"), "done")

# %% [markdown]
# **Guess first:** look before you compute. In how many of the six columns is more of the style in the upper painting?
# (No numbers stand below them, so that you can.)

# %%
one_seed = runs[runs["seed"] == 0].assign(pair=runs["content"] + " in " + runs["style"])
nst.contact_sheet(one_seed, "pooling", "pair", "Average pooling above, maximum pooling below: which gains more style?")

# %% [markdown]
# Now the number for each pair: subtract seed by seed, then take the median.

# %%
seeds, differences = {}, {}
for content, style in itertools.product(contents, styles):
    pair = runs[(runs["content"] == content) & (runs["style"] == style)]
    one, other = (np.array(pair.loc[pair["pooling"] == value, hypothesis["measure"]]) for value in hypothesis["values"])
    seeds[content, style] = one - other
    differences[content, style] = float(np.median(one - other))

# %%
rows = [(f"{c} in {s}", differences[c, s], min(each), max(each)) for (c, s), each in seeds.items()]
low, *_, high = sorted(differences.values())
median = float(np.median(list(differences.values())))
ahead = sum(value > 0 for value in differences.values())
groups = {"average less maximum pooling": [*rows, ("all pairs", median, low, high)]}
plots.intervals(groups, f"Style gained: with average pooling {ahead} of {len(differences)} pairs gain more")

# %% [markdown]
# Each line is a pair, and reaches from one of its seeds to the other. The last line is the interval of the sign test,
# from the lowest to the highest pair. Does it hold 0? Then the honest word is *undecided*, whatever the median says.
#
# ### And by chance?
#
# The sign test looks at signs alone. The permutation test of lesson 07 looks at sizes as well. If pooling made no
# difference, the two paintings of a pair could be exchanged, and its difference would have the other sign. There are
# $2^6 = 64$ ways to exchange.
#
# **Guess first:** what is the smallest p-value that can come out, whatever was measured? And what becomes of it if you
# take each seed for a witness of its own?

# %%
def chance_of(values):
    """How often exchanged signs give a mean at least as far from 0, and all these means."""
    signs = np.array(list(itertools.product((1, -1), repeat=len(values))))
    means = (signs * values).mean(axis=1)
    return np.mean(np.abs(means) >= abs(np.mean(values)) - 1e-12), means


p, means = chance_of(list(differences.values()))
wrong, _ = chance_of(np.concatenate(list(seeds.values())))
print(f"pairs as the unit: p = {p:.3f}, at least {2 / 2**6:.3f}; seeds as the unit: p = {wrong:.4f}, at least 0.0005")

# %%
finding = f"{round(p * len(means))} of {len(means)} exchanges are as far from 0: p = {p:.3f}"
plots.chance_histogram(means, float(np.mean(list(differences.values()))), "mean difference in style gained", finding)

# %% [markdown]
# The smallest p-value that is possible is decided before anything is painted, by the number of units. Take seeds for
# units and it falls from .031 to .0005: not because you know more, but because you have counted the same pictures
# twice. The one that was measured falls with it, though nothing new was painted.
#
# ### What else could it be?
#
# A setting that gains style may simply have *paid* for it with content (lesson 05). So look at the other side of the
# bargain as well. That was not our hypothesis, so it is a question for the next experiment, and no second chance for
# this one.

# %%
for measure in ("style_gap_closed", "edge_correlation"):
    avg, maximum = (runs.loc[runs["pooling"] == value, measure].median() for value in hypothesis["values"])
    print(f"{measure:17} median {avg:.3f} with average pooling, {maximum:.3f} with maximum pooling")

# %% [markdown]
# If one has more style *and* less of the edges, the two stand at different operating points, and nothing is decided.
# The remedy is lesson 06's: paint at several content weights, and let `nst.compare(table, over="pooling",
# at="edge_correlation")` walk to equal edges.
#
# The number of steps is such a point, too. One kind of pooling may be there *sooner*; whether it gets farther is
# another claim. Try half of the steps, and twice as many: are the same pairs ahead? A report that leaves out the steps
# (or the first trial) tells half of it.
#
# And there is a cause that no further painting removes: the mini VGGs were *fitted* with average pooling ([their
# card](../data/backbones/CARD.md)), the original VGG was trained with maximum pooling. Put the other kind into a
# network and it sees what it has never learned to see. Our claim is about these networks, then; with
# `nst.use("imagenet")` at the top it would be about Gatys'.
#
# ## Exercises
#
# Two, each with a check: the two steps from a table to a report. `nst.hint("capstone_report", 1)` helps, in three
# steps; the [solutions](solutions/11_studio.ipynb) are one link away.
#
# ### One number for each pair
#
# As above, but for any hypothesis and any table, with failed runs in it. `runs` is a list of dicts, one for each
# painting: "content", "style", "seed", "status" and two entries more, whose names the hypothesis tells. The value that
# was tried is `run[hypothesis["setting"]]`, what was measured is `run[hypothesis["measure"]]`. Take the measure at the
# first of `hypothesis["values"]` less that at the second, where both runs of one content, style and seed are "done" (a
# failed run has measured nothing, `None`). The number of a pair is the median over its seeds. A pair without any such
# difference is left out.


# %% nbgrader={"grade": false, "grade_id": "pair_differences", "locked": false, "schema_version": 3, "solution": true, "task": false}
def pair_differences(runs, hypothesis):
    """What a setting does to each pair: a dict of (content, style) to one number, as told above.

    >>> common = {"content": "harbor", "style": "swirls", "seed": 0, "status": "done"}
    >>> runs = [{**common, "tv": 4, "grain": 2}, {**common, "tv": 1, "grain": 5}]
    >>> pair_differences(runs, {"setting": "tv", "values": (4, 1), "measure": "grain"})
    {('harbor', 'swirls'): -3.0}
    """
    ### BEGIN SOLUTION
    setting, measure, (first, second) = (hypothesis[name] for name in ("setting", "measure", "values"))
    done = {(r["content"], r["style"], r["seed"], r[setting]): r[measure] for r in runs if r["status"] == "done"}
    found = {}
    for (content, style, seed, value), measured in done.items():
        if value == first and (content, style, seed, second) in done:
            found.setdefault((content, style), []).append(measured - done[content, style, seed, second])
    return {pair: float(np.median(each)) for pair, each in found.items()}
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "pair_differences-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["nbval-check-output"]
nst.check.pair_differences(pair_differences)
### BEGIN HIDDEN TESTS
assert nst.check.pair_differences(pair_differences).passed
### END HIDDEN TESTS

# %% [markdown]
# ### The report
#
# A dict with nine entries. "claim", "unit" and "would_change" come from the hypothesis, word for word. "n" is the
# number of pairs, "failed" that of the runs whose status is not "done". "difference" is the median over the pairs,
# "low" and "high" are the lowest and the highest pair. And "verdict" is one of three words:
#
# - *undecided*, if there are fewer than six pairs, or if 0 lies between low and high or on one of them;
# - else *supported*, if all pairs are on the side that is expected: "larger" is above 0, "smaller" below;
# - else *contradicted*.


# %% nbgrader={"grade": false, "grade_id": "capstone_report", "locked": false, "schema_version": 3, "solution": true, "task": false}
def capstone_report(differences, runs, hypothesis):
    """The report on a hypothesis, as told above, from a dict of pairs to numbers and a list of runs.

    >>> hypothesis = {"claim": "It helps.", "unit": "pair", "expected": "larger", "would_change": "A loss."}
    >>> capstone_report({("a", "b"): 2.0, ("a", "c"): 4.0}, 4 * [{"status": "done"}], hypothesis)["verdict"]
    'undecided'
    """
    ### BEGIN SOLUTION
    values = sorted(differences.values())
    low, high = values[0], values[-1]
    report = {name: hypothesis[name] for name in ("claim", "unit", "would_change")}
    report |= {"n": len(values), "failed": sum(run["status"] != "done" for run in runs)}
    report |= {"difference": float(np.median(values)), "low": low, "high": high, "verdict": "undecided"}
    if len(values) >= 6 and (low > 0 or high < 0):
        report["verdict"] = "supported" if (low > 0) == (hypothesis["expected"] == "larger") else "contradicted"
    return report
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "capstone_report-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["nbval-check-output"]
nst.check.capstone_report(capstone_report)
### BEGIN HIDDEN TESTS
assert nst.check.capstone_report(capstone_report).passed
### END HIDDEN TESTS

# %% tags=["nbval-check-output"]
nst.progress()

# %% [markdown]
# Your report on the sweep of this lesson (as long as the dots stand above, it is empty):

# %%
listed = runs.to_dict("records")
own = pair_differences(listed, hypothesis)
report = capstone_report(differences if own is None else own, listed, hypothesis)
for name, value in (report or {"report": "not written yet"}).items():
    print(f"{name:13} {value:+.3f}" if isinstance(value, float) else f"{name:13} {value}")

# %% [markdown]
# ## Your turn
#
# Now one of your own. Change the hypothesis above, then the sweep, and run the rest again. Some that can be decided in
# a minute or two, with pictures of yours:
#
# - The random shifts (`jitter=[8, 0]`) leave less grain (`high_frequency_energy`, expected "smaller").
# - Starting from the style instead of the content (`start=["style", "content"]`) gains more style.
# - Four times the total variation (`tv_weight=[0.2, 0.05]`) costs edges (`edge_correlation`, expected "smaller").
# - A preset of a study, or an idea of yours that nobody has tried.
#
# The report is a page that somebody else could check:
#
# 1. **Hypothesis**, as it stood before the first painting, with the date.
# 2. **Method**: pictures with their credits, the settings file, the unit, how many pairs and why so many.
# 3. **Result**: the contact sheet, the interval, what failed and what was left out.
# 4. **Verdict**: the word that follows from the interval, and no stronger one.
# 5. **Limits**: what it does not say; here small networks, small pictures, six pairs, one measure.
# 6. **Next**: what you would have to see to change your mind.
#
# And the painting that you like best, whatever its numbers are.
#
# ## In this lesson you have seen
#
# - Two pictures, the settings and a seed are all of a painting: from a file it comes back to the bit, in the Studio, in
#   Python and on the command line.
# - A hypothesis names its setting, measure, unit and side before anything is painted, and says what would change your
#   mind.
# - The number of independent units decides what can be known at all. The verdict follows from the interval over them,
#   and "undecided" is a result.
#
# ## Further reading
#
# - L. A. Gatys, A. S. Ecker, M. Bethge, "Image Style Transfer Using Convolutional Neural Networks", CVPR 2016, pages
#   2414-2423. [doi:10.1109/CVPR.2016.265](https://doi.org/10.1109/CVPR.2016.265). The sentence about pooling.
# - N. L. Kerr, "HARKing: Hypothesizing After the Results are Known", Personality and Social Psychology Review 2(3),
#   1998, pages 196-217.
# - B. A. Nosek, C. R. Ebersole, A. C. DeHaven, D. T. Mellor, "The Preregistration Revolution", Proceedings of the
#   National Academy of Sciences 115(11), 2018, pages 2600-2606.
# - W. J. Dixon, A. M. Mood, "The Statistical Sign Test", Journal of the American Statistical Association 41(236), 1946,
#   pages 557-566.
