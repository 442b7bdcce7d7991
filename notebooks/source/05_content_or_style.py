# %% [markdown]
# # Content or style
#
# **Question:** How much of each?
#
# **Objectives:** You will be able to
# - measure what a painting keeps of its content and takes on of its style, as a curve with a spread;
# - test a claim with a rank correlation, and say how far the answer carries;
# - compare two settings at an equal operating point instead of at equal weights;
# - find the weight that meets a target, and read a Pareto front.
#
# **Prerequisites:** [03 Content and style loss](03_content_and_style_loss.ipynb),
# [04 Optimization](04_optimization.ipynb).
#
# **Minutes to read:** 25
#
# **Seconds to compute:** measured by the build

# %% tags=["setup"]
# The build fills in this cell.

# %%
import numpy as np

import nst_utils as nst
from nst_utils import metrics, plots

# %% [markdown]
# ## One number decides
#
# The loss that a painting makes small is a sum with three weights,
#
# $$\mathcal{L} = \alpha\, \mathcal{L}_\text{content} + \beta\, \mathcal{L}_\text{style} + \gamma\, \mathrm{TV}.$$
#
# Where you name no weights and no layers, a painting with VGG19 (or VGG16) makes this small:
#
# $$\mathcal{L} = 0.04\, \mathcal{L}_\text{content} + 1\, \mathcal{L}_\text{style} + 0.05\, \mathrm{TV}.$$
#
# | loss | where it looks | share of each |
# |---|---|---|
# | content | `block3_conv2`, `block4_conv2` | 1/2 |
# | style, the network's half | `block1_conv1`, `block2_conv1`, `block3_conv1`, `block4_conv1`, `block5_conv1` | 1/10 |
# | style, the half of layer zero | the picture itself, at its full size, a half and a quarter of it | 1/6 |
#
# Each layer's squared distance is divided by the energy of its target, as in
# [lesson 03](03_content_and_style_loss.ipynb).
#
# Double all three weights and the same painting is the best one. So only their proportions count, and for the bargain
# between content and style only one number: the ratio $\alpha / \beta$, 0.04 as a rule. Here we keep
# $\alpha + \beta = 1$ and $\gamma = 0.05$, so that smoothness has the same say in every run, and vary the ratio.

# %%
content, style = nst.picture("temple", size=128), nst.picture("swirls", size=128)
plots.picture_row({"content": content, "style": style}, "What to paint, and how")

# %% [markdown]
# Each run is small: 128 pixels, one scale, 54 steps. And it starts from the content *drowned in noise*. From the
# content alone all repeats would begin with one and the same picture. From noise alone much noise is left after 60
# steps, and the measures take it for style. In between, each `seed` draws its own noise, and its own random shifts
# during the run.


# %%
def paint(ratio, seed=0, **layers):
    """A short run at one ratio of content weight to style weight."""
    noise = np.random.default_rng(seed).random(content.shape, np.float32)
    weights = {"content_weight": ratio / (1 + ratio), "style_weight": 1 / (1 + ratio)}
    short = {"sizes": [128], "steps": 54, "learning_rate": 0.05, "progress": False}
    return nst.stylize(content, style, start=0.6 * content + 0.4 * noise, seed=seed, **short, **weights, **layers)


# %% [markdown]
# Six ratios from 0.0001 to 100, that is over six powers of ten, three seeds each. The content is seen at
# `block3_conv2` alone, so that we can move it to another layer later.

# %%
ratios = np.array([0.0001, 0.01, 0.1, 0.3, 1, 100])
at_block3 = {"content_layers": ["block3_conv2"]}
runs = {(ratio, seed): paint(ratio, seed, **at_block3) for ratio in ratios for seed in range(3)}

# %% [markdown]
# **Guess first:** from the first picture below to the third the ratio grows a thousandfold, from the third to the last
# another thousandfold. On which of the two ways does the temple come back? On which does the style go?


# %%
def kept_and_gained(run):
    """What is kept of the content, and what is gained of the style."""
    kept = metrics.edge_correlation(run.picture, run.content)
    return kept, metrics.style_gap_closed(run.picture, run.content, run.style)


curve = np.array([[kept_and_gained(runs[ratio, seed]) for seed in range(3)] for ratio in ratios])
kept, gained = curve.mean(axis=1).T

# %%
row = {f"ratio {ratio:g}": runs[ratio, 0].picture for ratio in ratios}
told = [f"{kept[k]:.2f} and {gained[k]:.2f}" for k in (0, 2, 5)]
plots.picture_row(row, f"Edges kept and style gained: {told[0]}, a thousandfold later {told[1]}, then {told[2]}")

# %% [markdown]
# Over the first thousandfold the temple rises out of the strokes, and the picture stays a painting. Over the second the
# last details come, and the strokes and the blue go. (Some of the grain at the right is what 54 steps have left of the
# noise.)
#
# ## The curve
#
# Two measures that know nothing of the network, 1 being the most of each: the *edge correlation* with the content,
# and the *style gap closed*, the share of the way from the content's patches to those of the style (0: the content
# itself; about .8 is what the style's own mirror image reaches). Each point is the mean of three runs, each bar
# reaches from the lowest to the highest of them.
#
# **Guess first:** is it a straight line, so that each bit of content costs the same amount of style?

# %%
names = [f"{ratio:g}" for ratio in ratios]
early, late = (gained[0] - gained[3]) / (kept[3] - kept[0]), (gained[3] - gained[5]) / (kept[5] - kept[3])
finding = f"Edges cost style at a rate of {early:.2f} to 1 up to ratio 0.3, and of {late:.1f} to 1 beyond"
plots.trade_off({"block3_conv2": curve}, finding, names)

# %% [markdown]
# It bends. At first you buy content nearly for nothing: edges come back while the style stays. Then each further edge
# is paid for dearly, and at the lower right you pay and get hardly any. The bars are short beside the way that the
# curve goes: what you see is the ratio, not the seed.
#
# Did the seeds differ at all? A spread of zero would mean nothing if all three runs were one.

# %%
first, second = runs[1, 0].picture, runs[1, 1].picture
print(f"two seeds, same ratio: pixels differ by {np.abs(first - second).mean():.3f} on average")
print(f"edges kept spread by {np.ptp(curve[4, :, 0]):.3f}, style gained by {np.ptp(curve[4, :, 1]):.3f}")

# %% [markdown]
# ## A claim, tested
#
# One of the student studies that this course grew from ends in a sentence like this: *more content weight keeps
# structure and loses style, and the reverse*. It showed pictures for it, no number. A **rank correlation** (Spearman,
# 1904) is such a number: put the runs in order of their ratio, and in order of what was measured, and correlate the
# two orders. It is 1 if the measure rises with every step, -1 if it falls with every step, and it does not care by
# how much.
#
# **Guess first:** what are the two numbers, if the claim holds?

# %%
from scipy.stats import spearmanr

ranks = np.array([[spearmanr(ratios, curve[:, seed, which])[0] for which in (0, 1)] for seed in range(3)])
for seed, (with_kept, with_gained) in enumerate(ranks):
    print(f"seed {seed}: ratio with edges kept {with_kept:+.2f}, with style gained {with_gained:+.2f}")

# %%
noise = curve.std(axis=1, ddof=1).mean(axis=0)  # between seeds
rises = np.diff(curve.mean(axis=1), axis=0)
marked = np.abs(rises) > 2 * noise
for low, high, (of_kept, of_gained) in zip(names, names[1:], marked, strict=False):
    print(f"{low:>6} to {high:<4} edges {'move' if of_kept else '-':6} style {'moves' if of_gained else '-'}")

# %% [markdown]
# Read the two together. The order says *whether*: for the edges yes, for the style on the whole. The list says *where*:
# a step is marked if it is more than twice the standard deviation between seeds. Look at its first and its last line,
# and at the price of a step:

# %%
for what, step in (("a hundredfold", 0), ("a threefold", 3)):
    edges, gain = rises[step]
    print(f"{what}, from {names[step]} to {names[step + 1]}: {edges:+.2f} edges, {gain:+.2f} style")

# %% [markdown]
# An honest verdict has three parts. More content weight keeps structure: so it is at every step, with every seed. It
# loses style: so it is from a ratio of about 0.1 on; before that the style hardly moves, and which run has more of it
# is left to chance. And both were seen with one pair at 128 pixels. The claim itself says nothing of *how much*: the
# price of a hundredfold on the style side is nothing, that of a threefold near the bend of the curve a tenth of the
# style.
#
# Are 54 steps enough for that? The two large paintings at the end of this lesson take 350 steps each, and they show the
# same order at other numbers. So the order belongs to the method, and the exact numbers to these settings. (That the
# loss falls early while the picture goes on to change is measured in [04 Optimization](04_optimization.ipynb).)
#
# ## The knee
#
# Where would you stop? A common answer is the **knee**: stretch both measures to run from 0 to 1, and take the point
# that lies farthest beyond the straight line between the ends.


# %%
def stretched(values):
    return (values - values.min()) / (values.max() - values.min())


beyond = [stretched(seed[:, 0]) + stretched(seed[:, 1]) - 1 for seed in np.moveaxis(curve, 1, 0)]
knees = [names[np.argmax(heights)] for heights in beyond]
print("the knee with each seed: ratio", ", ".join(knees))

# %% [markdown]
# It is a good place to start from, not a law: take more steps, or measure the content by another number, and the knee
# moves. The package's own default, 0.04 to 1, is on the style side of it: where content still costs next to nothing.
#
# ## Your ratio is not my ratio
#
# Read five implementations and you find five ratios. In [lesson 03](03_content_and_style_loss.ipynb) you saw why: each
# divides its losses by something else. There, a formula was enough to compare them. To find them on *our* axis we also
# need the energies by which this course divides, $\sum P^2$ and $\sum A^2$, and these we have to measure. (We put the
# content of all at our layer.)
#
# **Guess first:** as written, the ratios span nine powers of ten. On which side of the knee is each of them, here?

# %%
from nst_utils.losses.normalizations import Layer

style_layers = nst.PRESETS["gatys"].style_layers
maps = nst.load_backbone("vgg19").features(["block3_conv2", *style_layers])


def described(features, target, layers):
    """What a conversion has to know of a layer."""
    _, h, w, channels = features.shape
    return Layer(channels, h * w, content[..., 0].size, layers, float(np.sum(np.square(target))))


P = maps(content[None])["block3_conv2"]
of_content = described(P, P, 1)
of_style = [described(F, nst.gram_matrix(F), 5) for name, F in maps(style[None]).items() if name in style_layers]

# %%
for source, convention in nst.NORMALIZATIONS.items():
    alpha, beta, _ = convention.weights
    alpha_here = nst.convert_weight(alpha, source, "energy", of_content, "content")
    here = [alpha_here / nst.convert_weight(beta, source, "energy", one) for one in of_style]
    print(f"{source:16} {alpha / beta:9g} as written, {min(here):14,.2f} to {max(here):14,.2f} here")

# %% [markdown]
# Gatys' ratio is on the content side of the knee and that of deeplearning.ai on the style side, though as written the
# second is the larger. One published number is a whole range here, a value for each style layer: an $N^2$ or $M^2$
# more or less in a denominator tells layers apart. A sum over positions grows with the picture, a mean does not. And
# what the network answers matters: if its activations are $t$ times as strong, the content's energy is $t^2$ times as
# large and the style's $t^4$ times, so the same published ratio is $1/t^2$ of itself in our unit. The tutorial's
# network is not normalized and takes pixels up to 255; our mini network answers with about 1 on average. So a ratio
# says nothing without its convention, its network and its picture size.
#
# ## Which layer holds the content
#
# Now move the content to another layer: earlier, `block2_conv2`, or later, `block4_conv2`. At one and the same ratio
# the three paint differently. But does an earlier layer give a better bargain, or does it only pull harder, so that a
# smaller ratio would have done the same with the layer you had?
#
# To tell, compare at an **equal operating point**: follow each layer's own curve to where it has gained 0.8 of the
# style, and see there what it has kept. `np.interp` draws the straight lines between the measured points.

# %%
few, others = ratios[2:5], ("block2_conv2", "block4_conv2")
more = {name: [paint(ratio, content_layers=[name]) for ratio in few] for name in others}
two, four = (np.array([[kept_and_gained(run)] for run in painted]) for painted in more.values())
curves = {"block2_conv2": two, "block3_conv2": curve[2:5], "block4_conv2": four}

# %% [markdown]
# **Guess first:** which layer keeps most edges at equal style: the early one, where a position sees a square of 14
# pixels, or the late one, where it sees 84, nearly the height of the whole picture?


# %%
def kept_at(level, curve):
    """Edges kept where the curve has gained that much style."""
    kept, gained = curve[curve[:, 1].argsort()].T
    return np.interp(level, gained, kept)


means = {name: one.mean(axis=1) for name, one in curves.items()}
level = 0.8
equal = {name: kept_at(level, one) for name, one in means.items()}
print(", ".join(f"{name} keeps {edges:.2f}" for name, edges in equal.items()), f"where the style gained is {level}")

# %%
finding = f"At equal style ({level}) edges kept: " + ", ".join(f"{edges:.2f}" for edges in equal.values())
plots.trade_off(curves, finding, level=level)

# %% [markdown]
# Walk along the dashed line. The earlier the layer, the farther to the right its curve crosses: it is another
# bargain, not a stronger pull. Compare at equal ratio instead, and you set pictures beside each other that may differ
# in *both* numbers, as those of the first and the last layer do:

# %%
for name, one in means.items():
    print(f"{name} at ratio 1: edges {one[2, 0]:.2f}, style {one[2, 1]:.2f}")

# %% [markdown]
# Does this settle that `block2_conv2` is best? Look at the pictures nearest to the dashed line, at the floors of the
# temple and at the sky.

# %%
more["block3_conv2"] = [runs[ratio, 0] for ratio in few]
row = {}
for name, one in curves.items():
    nearest = np.abs(one[:, 0, 1] - level).argmin()
    row["{}: edges {:.2f}, style {:.2f}".format(name[:6], *one[nearest, 0])] = more[name][nearest].picture
plots.picture_row(row, "The measured runs nearest to the dashed line, from an early content layer to a late one")

# %% [markdown]
# With `block2_conv2` each floor and each column stands where it stood, and the style lies over it as color and fine
# lines. With `block4_conv2` roofs and columns are made of strokes, and in the sky these run as they like. An edge in
# its old place is all that our measure counts; a roof that was *painted* may be what you are after. So we know which
# layer keeps edges, not which one paints best. (The package's default looks at `block3_conv2` and `block4_conv2`.)
#
# ## Which layers hold the style
#
# The style has five layers of the network here, and the picture itself at three sizes. Take the first two layers alone,
# the last two alone, or all five without the picture, at the ratio 0.04.
#
# **Guess first:** which layers bring the stars? Which the colors?

# %%
early, deep = ["block1_conv1", "block2_conv1"], ["block4_conv1", "block5_conv1"]
choices = {"early": {"style_layers": early}, "deep": {"style_layers": deep}, "all five": {"style_layers": style_layers}}
choices["+ layer zero"] = {}
partly = {name: paint(0.04, **choice, **at_block3) for name, choice in choices.items()}
found = {name: kept_and_gained(run) for name, run in partly.items()}

# %%
row = {"{}: edges {:.2f}, style {:.2f}".format(name, *found[name]): run.picture for name, run in partly.items()}
plots.picture_row(row, "Early style layers bring color and dabs, deep ones stars and long strokes")

# %% [markdown]
# Early layers see 3 and 10 pixels. They ask for blue, for yellow and for short dabs, do not care what these are laid
# over, and know no star. Deep ones bring stars with rings and long strokes that follow a curve, through the sky and
# across the temple; but they have lost the blue of the sky, and bring specks of pink and green. All five together have
# the shapes and most of the colors. Layer zero deepens the blue, and the style gained rises with it: no wonder, for
# this measure compares patches of pixels, as layer zero does.
#
# At one ratio the early layers keep more of the temple than the deep ones. So is it a good bargain to leave the deep
# ones out? Again, compare at equal style:

# %%
same = kept_at(found["early"][1], curve.mean(axis=1))
print(f"early layers keep {found['early'][0]:.2f} of the edges; all layers with as much style keep {same:.2f}")

# %% [markdown]
# It is not: with all layers, layer zero among them, a larger ratio keeps more edges for the same style. (Layer zero
# helps, for it asks for what this measure compares.) The choice of style layers is a poor way to save content; it
# decides *what of the style* you get, down to whether there is a star in the sky, and neither of our two numbers knows
# a star.
#
# Fine layers ask for the right dabs and do not care what they are laid over. Coarse ones ask for long strokes and
# whole shapes, and what was there gives way. Compare *early* with *all five*: without the layers after the second,
# clearly more edges are kept, and little of the style gained is lost. But the stars are gone, and the long strokes:
# look for them in the first picture. To keep more of a face, raise $\alpha$ first; lower the weights of the deep layers
# if you can do without their strokes.
#
# ## Which runs are worth a look
#
# Each run is a point with two numbers. A run is **dominated** if another is at least as good in both and better in
# one: nobody would choose it. The others are the **Pareto front**: to gain in one number, you must give in the other.
#
# **Guess first:** which content layer has the largest share of its runs on the front?

# %%
groups = {name: one.reshape(-1, 2) for name, one in {**curves, "block3_conv2": curve}.items()}
groups["other style layers"] = np.array([found[name] for name in ("early", "deep", "all five")])
plots.pareto(groups)

# %% [markdown]
# Hollow points can be crossed out without a word about taste; on the front begins taste. Two warnings. A run that is
# dominated by less than the spread between seeds (a few hundredths here) is not worse, only unlucky. And a front
# knows two numbers: an early content layer looks good on it, for edges on their pixels are half of what it asks, and a
# picture without a star loses nothing.
#
# All that was measured, for you to sort as you like:

# %%
print("content at     style layers   ratio  runs  edges kept  style gained")
for name, points in (curves | {"block3_conv2": curve}).items():
    for ratio, (edges, gain) in zip(ratios if name == "block3_conv2" else few, points.mean(axis=1), strict=True):
        print(f"{name}   all           {ratio:7g}  {points.shape[1]:4}  {edges:10.2f}  {gain:12.2f}")
for name in choices:
    print("block3_conv2   {:14}   0.04     1  {:10.2f}  {:12.2f}".format(name, *found[name]))

# %% [markdown]
# ## Any ratio, any layer
#
# The paintings of this lesson at ratios from 0.1 to 1, at hand: choose *content_layers*, pull the ratio of the two
# weights. The painting at the nearest ratio that is known is shown at once, and circled on the curve of its layer;
# **Compute this point** paints the very one. (All are of seed 0. As all along, the two weights add up to 1.)
#
# **Guess first:** stay at ratio 1 and go from `block4_conv2` to `block2_conv2`. Which way does the circle jump: to the
# right, down, or both? Then pull the ratio down until it is above its old place: which layer has more style for the
# same edges?

# %%
from nst_utils.widgets.painter import Measured

known = {}
for name in reversed(curves):  # the late layer first
    for ratio, run, measures in zip(few, more[name], curves[name][:, 0], strict=True):
        known[name, ratio] = Measured(run.picture, *measures)
drowned = 0.6 * content + 0.4 * np.random.default_rng(0).random(content.shape, np.float32)
nst.widgets.weights_and_layers(content, style, known, size=128, sizes=[128], start=drowned)

# %% [markdown]
# The *ratio* walks along a curve, the *layer* jumps to another curve. From `block4_conv2` to `block2_conv2` you jump in
# both numbers at once, and learn nothing about the layer; pull the ratio until the circle is above or below the old
# place, and you compare what the two layers give for the same edges. With three quarters of the edges `block2_conv2`
# still has more than 0.8 of the style. `block4_conv2` comes near to so many at ratio 1 only, with about 0.7 of the
# style. (Where no kernel runs, as on GitHub, this is a picture; open the lesson on Colab or with `make lab` to
# compute points of your own.)
#
# ## Exercises
#
# Two, each with a check. `nst.hint("pareto_front", 1)` helps, in three steps; the
# [solutions](solutions/05_content_or_style.ipynb) are one link away.
#
# ### The Pareto front
#
# Here both numbers are *losses*: smaller is better.


# %% nbgrader={"grade": false, "grade_id": "pareto_front", "locked": false, "schema_version": 3, "solution": true, "task": false}
def pareto_front(points):
    """The indices of the points that no other point dominates, in rising order: an array (n, 2) in, a list out.

    Smaller is better. A point dominates another if it is at least as good in both numbers and better in one.

    >>> pareto_front(np.array([[1, 5], [2, 2], [3, 3], [4, 1]]))  # [3, 3] is dominated by [2, 2]
    [0, 1, 3]
    """
    ### BEGIN SOLUTION
    front = []
    for k, point in enumerate(points):
        dominates = np.all(points <= point, axis=1) & np.any(points < point, axis=1)
        if not dominates.any():
            front.append(k)
    return front
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "pareto_front-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["nbval-check-output"]
nst.check.pareto_front(pareto_front)
### BEGIN HIDDEN TESTS
assert nst.check.pareto_front(pareto_front).passed
### END HIDDEN TESTS

# %% [markdown]
# ### The weight that meets a target
#
# Someone orders a painting with three quarters of the style gap closed. With a content weight of 1, which style weight
# does that? You have a few measured points; between them, draw straight lines over the *logarithm* of the weight.


# %% nbgrader={"grade": false, "grade_id": "meets_target", "locked": false, "schema_version": 3, "solution": true, "task": false}
def meets_target(weights, measured, target):
    """The style weight at which a measure reaches its target, read from measured points.

    ``weights`` and ``measured`` are arrays of one length, both rising; ``target`` lies within ``measured``.

    >>> round(float(meets_target(np.array([1.0, 100.0]), np.array([0.0, 1.0]), 0.5)), 6)
    10.0
    """
    ### BEGIN SOLUTION
    return np.exp(np.interp(target, measured, np.log(weights)))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "meets_target-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["nbval-check-output"]
nst.check.meets_target(meets_target)
### BEGIN HIDDEN TESTS
assert nst.check.meets_target(meets_target).passed
### END HIDDEN TESTS

# %% [markdown]
# Now deliver. The curve of `block3_conv2` becomes style weights at a content weight of 1: one over the ratio. As long
# as the dots stand above, the nearest measured weight takes the place of your answer. The seed is a new one, which no
# point of the curve has seen.

# %%
target = 0.75
weights, rising = 1 / ratios[:1:-1], gained[:1:-1]  # ratios 100 to 0.1: where the style moves
answer = meets_target(weights, rising, target)
weight = weights[np.abs(rising - target).argmin()] if answer is None else float(answer)
order = paint(1 / weight, seed=3, **at_block3)
edges, gain = kept_and_gained(order)
print(f"style weight {weight:.3f} for a content weight of 1: style gained {gain:.2f}, ordered {target:.2f}")

# %%
finding = f"Ordered: {target:.2f} of the style. Delivered: {gain:.2f}, with {edges:.2f} of the edges"
plots.triptych(order.content, order.style, order.picture, finding)

# %% [markdown]
# Is it within the spread between seeds (the bars of the curve)? If not, measure one more ratio near your answer and
# interpolate again.
#
# ## Paint it large
#
# Leave out `steps`, `start` and `learning_rate`, and a painting starts from the content itself and goes from coarse to
# fine. Here are two of 256 pixels, with the content at its two usual layers: one at the usual ratio, one at three times
# as much.
#
# **Guess first:** the measures were taken at 128 pixels. Will they be the same?

# %%
large = {weight: nst.stylize("temple", "swirls", size=256, content_weight=weight) for weight in (0.12, 0.04)}
label = "content weight {}: edges {:.2f}, style {:.2f}".format
row = {label(weight, *kept_and_gained(run)): run.picture for weight, run in large.items()}
plots.picture_row(row, "Three times the content weight: more temple, fewer spirals")

# %% [markdown]
# Both are paintings, and between them there is no better or worse: with the larger weight the roofs and columns of the
# temple are clearer and the sky is quieter; with the usual one spirals run through the sky, the lake and the trees. The
# measures have moved, for the start, the size, the number of steps and the content layers are others: a target belongs
# to its settings. Carry over the *order*, and look for your weight again.
#
# ## In this lesson you have seen
#
# - Only the ratio of the weights decides. More content weight keeps edges, at first for nothing, later at the price of
#   style: measured with three seeds, as a curve with a knee.
# - Settings are compared at an equal operating point, found by interpolation. A raw ratio means nothing without its
#   convention, its layers, its network and its size.
# - A Pareto front crosses out what nobody would choose. It does so by two measures, and your eyes know more of them.
#
# ## Further reading
#
# - L. A. Gatys, A. S. Ecker, M. Bethge, "Image Style Transfer Using Convolutional Neural Networks", CVPR 2016, pages
#   2414-2423. [doi:10.1109/CVPR.2016.265](https://doi.org/10.1109/CVPR.2016.265). A row of ratios, and of content
#   layers, in pictures.
# - M.-C. Yeh, S. Tang, A. Bhattad, C. Zou, D. Forsyth, "Improving Style Transfer with Calibrated Metrics", IEEE
#   Winter Conference on Applications of Computer Vision (WACV), 2020.
#   [arXiv:1910.09447](https://arxiv.org/abs/1910.09447). Methods on a Pareto front of two measures that were
#   calibrated on what people prefer.
# - R. Novak, Y. Nikulin, "Improving the Neural Algorithm of Artistic Style", 2016.
#   [arXiv:1605.04603](https://arxiv.org/abs/1605.04603). What the weights of single layers do.
# - C. Spearman, "The Proof and Measurement of Association between Two Things", American Journal of Psychology 15(1),
#   1904, pages 72-101.
# - V. Satopää, J. Albrecht, D. Irwin, B. Raghavan, "Finding a 'Kneedle' in a Haystack: Detecting Knee Points in
#   System Behavior", 31st International Conference on Distributed Computing Systems Workshops, 2011, pages 166-171.
