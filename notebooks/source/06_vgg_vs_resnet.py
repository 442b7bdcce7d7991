# %% [markdown]
# # VGG against ResNet
#
# **Question:** Why does the architecture matter?
#
# **Objectives:** You will be able to
# - say what a residual network does differently, and which of its layers the studies took;
# - compare two networks at an equal operating point, and say why equal weights compare nothing;
# - measure how evenly a layer's activity is spread, and test with it whether an explanation holds;
# - read a verdict off many runs: a median, an interval, and what it depends on.
#
# **Prerequisites:** [02 Gram matrices](02_gram_matrices.ipynb), [05 Content or style](05_content_or_style.ipynb).
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
# ## Two families
#
# Style transfer was invented with VGG19, a network of 2014. Soon there were better ones: ResNet50, of 2015, tells
# dogs from wolves with fewer mistakes and fewer parameters. So it should paint better, too. Three student studies that
# this course grew from tried it, and were disappointed. One of them sums up: *VGG16 and VGG19 catch style far better
# than ResNet50*.
#
# A VGG is a chain: each layer sees only the one before it. In a **residual** network (He and others, 2016) a block
# computes what to *add* to its input,
#
# $$F_{l+1} = \max(0,\; F_l + R_l(F_l)),$$
#
# where $F_l$ is the feature map that goes in and $R_l$ a few convolutions. The sum is called a **skip**: the input
# takes a way around the convolutions. That is why a network of 50 layers can be trained at all. A block that has
# nothing to say lets its input pass.
#
# A fair comparison needs networks that have learned alike. The small VGGs that the other lessons paint with are fitted
# to the originals, the small ResNet50 is not. So this lesson takes three that were trained alike, from random weights
# and with the same pictures; the package calls them "scratch".

# %%
if nst.load_backbone("vgg19").weights == "mini":
    nst.use("scratch")


# %% tags=["nbval-check-output"]
def count(network, kind):
    """How many layers of a kind a network has."""
    return sum(type(layer).__name__ == kind for layer in network.model.layers)


for name in ("vgg16", "vgg19", "resnet50"):
    network = nst.load_backbone(name)
    print(f"{name:9}{count(network, 'Conv2D'):3} convolutions, {count(network, 'Add'):2} skips")

# %% [markdown]
# Which layers stand for content and style? In VGG everybody takes the first convolution of each block. In a ResNet
# there is no such habit. Here are three choices: of a tutorial, of a study that compared VGG19 with ResNet50 (we call
# it study 3; the sentence above is from study 1), and of a paper from 2021 that we come back to (SWAG).

# %% tags=["nbval-check-output"]
for name in ("tutorial", "resnet-study", "swag"):
    preset = nst.PRESETS[name]
    print(f"{name} ({preset.backbone})\n  content {', '.join(preset.content_layers)}")
    print(f"  style   {', '.join(preset.style_layers[:2])},\n          {', '.join(preset.style_layers[2:])}")

# %% [markdown]
# Read the names of ResNet50: `conv3_block1_0_conv` is a convolution on the way *around* block 1 of stage 3,
# `conv4_block1_2_bn` a normalization in the middle of a block, before anything was cut off below zero. Only names in
# `_out` are layers behind a sum, through which everything passes. Study 3 took none of these; SWAG takes little
# else. We take the last sum of each stage, as SWAG does, but for its deepest.
#
# ## At equal weights
#
# One pair, three networks. The style is held by the network's own layers *alone*: elsewhere in this course the picture
# itself is a style layer too, and that would be the same for all three. The runs are small, 96 pixels and 40 steps,
# begin with the content, and are smoothed by a total variation of weight 1.

# %%
content, style = nst.picture("harbor", size=96), nst.picture("swirls", size=96)


def paint(backbone, weight, weights=None, **more):
    """A short run with the layers of the network alone; other weights of it get the same layers."""
    held, own = nst.default_layers(nst.load_backbone(backbone))
    short = {"size": 96, "steps": 40, "learning_rate": 0.05, "tv_weight": 1.0, "progress": False}
    chosen = {"backbone": backbone, "weights": weights, "content_layers": held, "content_weight": weight}
    return nst.stylize(content, style, **chosen, **short, **{"style_layers": own, **more})


def measured(run):
    """Edges kept of the content, and the share of the style gap closed."""
    kept = metrics.edge_correlation(run.picture, run.content)
    return kept, metrics.style_gap_closed(run.picture, run.content, run.style)


# %% [markdown]
# Each network paints at three content weights. **Guess first:** at one and the same weight, will the three keep equally
# much of the harbor?

# %%
weights = np.array([0.02, 0.2, 2.0])
runs = {name: [paint(name, weight) for weight in weights] for name in ("vgg16", "vgg19", "resnet50")}
curves = {name: np.array([[measured(run)] for run in row]) for name, row in runs.items()}

# %%
row = {"content": content, "style": style}
for name, own in runs.items():
    row["{}\nedges {:.2f}, style {:.2f}".format(name, *curves[name][2, 0])] = own[2].picture
plots.picture_row(row, f"The same content weight, {weights[2]:g}, in three networks")

# %% [markdown]
# Compare the numbers under the pictures: ResNet50 gains the least style, and keeps the most edges. A content weight is
# multiplied with a loss of which each network has its own: other layers, other sizes, other strengths of activation.
# So 2 of the one is not 2 of the other, and who paints with less style may only have been asked for more content.
# **At equal weights you compare two scales, not two networks.**
#
# Here the scales are not far apart, because this course divides each loss by the energy of its own target. Study 3
# did not, and took $\alpha / \beta = 10^{7}$ for VGG19 and $10^{-5}$ for ResNet50: twelve powers of ten apart. (Study 1
# does not tell its settings.)
#
# ## At an equal operating point
#
# As in lesson 05: walk along each network's own curve to where all keep the same edges, and read off the style there.
#
# **Guess first:** in which order do the three stand on that line?


# %%
def common_edges(curves):
    """The middle of the edges that all curves reach."""
    kept = [curve[:, 0, 0] for curve in curves.values()]
    return (max(one.min() for one in kept) + min(one.max() for one in kept)) / 2


def style_at(edges, curve):
    """The style gained where a curve keeps so many edges, on straight lines between its points."""
    kept, gained = curve[curve[:, 0, 0].argsort(), 0].T
    return np.interp(edges, kept, gained)


# %%
edges = common_edges(curves)
equal = {name: style_at(edges, curve) for name, curve in curves.items()}
told = ", ".join(f"{name} {gained:.2f}" for name, gained in equal.items())
plots.trade_off(curves, f"Style gained at {edges:.2f} of the edges: {told}")

# %% [markdown]
# Go straight up from one place on the horizontal axis: the higher curve gives more style for the same content. And
# what does it look like? For each network the weight that keeps just these edges, by interpolation over the logarithm
# of the weight:

# %%
row, gained = {}, []
for name, curve in curves.items():
    weight = float(np.exp(np.interp(edges, curve[:, 0, 0], np.log(weights))))
    run = paint(name, weight)
    row["{} at weight {:.2f}\nedges {:.2f}, style {:.2f}".format(name, weight, *measured(run))] = run.picture
    gained.append(f"{name} {measured(run)[1]:.2f}")
plots.picture_row(row, f"About equal edges, and the style gained is: {', '.join(gained)}")

# %% [markdown]
# Now it is a comparison. Look for strokes: do they run along the roofs and through the sky, or are there only blotches?
# The first convolution of ResNet50 moves in steps of two pixels, so what is finer than that is hardly seen by it.
#
# You can look for such a point by hand. The paintings at the three weights are there already; **Compare** paints what
# is missing. Each network has a weight of its own.
#
# **Guess first:** both begin at 2. Which *content_weight* do you have to raise, the left or the right one, until the
# title says about +0.00 of the edges? What will then be left of the difference in style?

# %%
from nst_utils.widgets.painter import Measured

known = {}
for name, own in runs.items():
    for weight, run, (measures,) in zip(weights, own, curves[name], strict=True):
        known[name, weight] = Measured(run.picture, *measures)
short = {"size": 96, "steps": 40, "learning_rate": 0.05, "tv_weight": 1.0}
nst.widgets.architecture_comparer(content, style, painted=known, content_weight=2.0, **short)

# %% [markdown]
# With equal weights the title has two numbers, and each explains the other away. When the first is near 0, the second
# is the comparison. (Where no kernel runs, as on GitHub, this is a picture of both at 2; open the lesson on Colab or
# with `make lab` to move the weights.)
#
# One pair, one seed, one size: that is an anecdote. The package keeps a table of many such runs of the three networks
# from scratch, with three seeds for each pair of pictures. `nst.compare` does for each pair and seed what you have just
# done, and puts an interval around the median: if the experiment was repeated with other pairs, in 95 of 100 cases the
# interval would hold the true median. Here are eight pairs at 160 pixels, begun with the content as above. And since a
# painting has more settings than the content weight, they were painted twice: smoothed as above, with a weight of 1 for
# the total variation, and with 0.3.
#
# **Guess first:** will the order of our one pair hold for all pairs? And for the other smoothing?

# %%
table = nst.claims("architecture").query("size == 160")
differences = {}
for tv, variant in {"tv weight 1": "smoothed", "tv weight 0.3": "from content"}.items():
    for first, second in (("vgg16", "resnet50"), ("vgg19", "resnet50"), ("vgg16", "vgg19")):
        at = {"at": "edge_correlation", "measures": ["style_gap_closed"]}
        found = nst.compare(table[table["variant"] == variant], values=(first, second), **at).summary.iloc[0]
        label = f"{first} less {second}"
        differences.setdefault(tv, []).append((label, *(found[k] for k in ("difference", "low", "high"))))

# %% tags=["nbval-check-output"]
for tv, rows in differences.items():
    for label, median, low, high in rows:
        sure = "" if low <= 0 <= high else ", all of it on one side of 0"
        print(f"{tv:15}{label:20}{median:+.3f}, interval {low:+.3f} to {high:+.3f}{sure}")

# %%
ahead = [rows[1][1] for rows in differences.values()]
finding = "Style at equal edges, VGG19 less ResNet50: {:+.2f} if smoothed, {:+.2f} if less"
plots.intervals(differences, finding.format(*ahead))

# %% [markdown]
# An interval that lies on one side of 0 is a difference that other pairs of pictures would most likely show as well.
# One that crosses 0 decides nothing: it does *not* say that the two are equal. Here all six cross it.
#
# Our pair had the VGGs far ahead of ResNet50. Over eight pairs hardly anything of that is left, and with less smoothing
# the medians even lie on the other side. Our own pair is among the eight: larger, and painted for longer, it still has
# the VGGs ahead, but by less than a tenth. And with less smoothing ResNet50 is ahead in all four pairs with the
# woodcut. That is what one pair at one setting is worth. In colors ResNet50 is even the nearer one, as long as the
# picture itself is no style layer; the table at the end shows it. What study 1 saw is not to be seen in these small
# networks from scratch.
#
# ## Is it the training or the shape?
#
# A network with random weights has never seen a picture, but it has its shape. Each network has a *random twin*: same
# layers, start values drawn from a seed. **Guess first:** can a random network paint?

# %%
kind = "random" if network.weights == "imagenet" else "mini-random"
twin = paint("vgg19", 0.2, kind)
kept, gained = measured(twin)
trained = style_at(kept, curves["vgg19"])
row = {
    "{}\nedges {:.2f}, style {:.2f}".format(name, *measured(run)): run.picture
    for name, run in (("vgg19 trained", runs["vgg19"][1]), ("vgg19 random", twin))
}
plots.picture_row(row, f"At {kept:.2f} of the edges: {trained:.2f} of the style if trained, {gained:.2f} if random")

# %% [markdown]
# The twin gets some of the colors, and hardly a stroke. (The twin of ResNet50 comes with the table further down.)
# Whether that has to be so is disputed: He, Wang and Hopcroft (2016) call random networks "highly competitive" if
# correlations are scaled right, Gatys (2015) reported failure. Here, with plain Gram matrices, it is training that
# makes a painter.
#
# And not any training. Here is the VGG19 of a quarter of the width twice more, larger and painting as in the other
# lessons: trained from scratch on 8071 pictures, as above, and fitted to the original, which has seen 1.3 million. The
# shape is the same. **Guess first:** where will you see the difference: in the colors, in the outlines or in the
# strokes?

# %%
row = {name: nst.picture(name, size=256) for name in ("harbor", "swirls")}
for name, of in {"trained from scratch": "scratch", "fitted to the original": "mini"}.items():
    run = nst.stylize("harbor", "swirls", size=256, steps=180, weights=of, progress=False)
    row["{}\nedges {:.2f}, style {:.2f}".format(name, *measured(run))] = run.picture
plots.picture_row(row, "One shape, two trainings: the strokes tell which")

# %% [markdown]
# Not in the colors: here the picture itself is a style layer, and sees to them. Look at the sky. The one fills it with
# short strokes of the right color, the other turns them around each light, as the style does. The numbers under the
# pictures are much closer than the pictures.
#
# (Each paints with the layers that suit it, so the training is not all that differs. Of the style of the one from
# scratch the picture itself is twelve parts of thirteen, for with less it leaves a grid; of the fitted one's it is
# half.)
#
# So the shape alone is not the answer; perhaps it is what training makes of the shape.
#
# ## An explanation, and a test of it
#
# Wang, Li and Vasconcelos (2021) have an explanation; their paper is called SWAG. What a skip passes on is never below
# zero, for it left a ReLU. So, they argue, activations pile up from block to block, some more than others, and deep
# layers of a ResNet become **peaky**: a few places shout, the rest whispers. A Gram matrix squares that, the loss
# squares it again, and the optimizer does little else than to copy a few outliers.
#
# An explanation that names a quantity can be measured. Take the activations of a layer as shares of their sum,
# $p_{ik} = F_{ik} / \sum_{mn} F_{mn}$ over all $N$ channels and $M$ positions. Their **entropy** (Shannon, 1948), as a
# share of the greatest that is possible, says how evenly they are spread:
#
# $$H = -\frac{1}{\log (N M)} \sum_{ik} p_{ik} \log p_{ik}.$$
#
# It is 1 if every number is the same, and 0 if a single one holds everything. **Peakedness** is simpler: the largest
# over the mean. In a head you can do this one: half of the activations alike, the others silent.

# %% tags=["nbval-check-output"]
half = np.repeat([0.0, 3.0], 8)
print(f"entropy {metrics.activation_entropy(half):.2f}, peakedness {metrics.peakedness(half):.0f}")

# %% [markdown]
# (log 8 over log 16.) **Guess first:** draw with a finger how the entropy goes from the first layer to the last, for
# VGG19 and for ResNet50, if the explanation is right.

# %%
profiles = {}
for name, start in (("vgg19", "block"), ("resnet50", "conv")):
    for label, of in ((name, None), (f"{name} random", kind)):
        network = nst.load_backbone(name, of)
        ends = ("conv1", "conv2", "conv3", "conv4") if name == "vgg19" else ("conv1_relu", "_out")
        layers = [layer for layer in network.layers if layer.startswith(start) and layer.endswith(ends)]
        profiles[label] = metrics.measure_activations(content, network.features(layers))

# %%
panels = {
    measure: {name: [row[column] for row in rows] for name, rows in profiles.items()}
    for measure, column in (("entropy, share of the most", "activation_entropy"), ("peakedness", "peakedness"))
}
fall = {name: values[0] - values[-1] for name, values in panels["entropy, share of the most"].items()}
title = "Entropy falls by {:.2f} in VGG19 and by {:.2f} in ResNet50"
plots.by_depth(panels, title.format(fall["vgg19"], fall["resnet50"]))

# %% [markdown]
# Follow the line of ResNet50 on the left. If skips make a network peaky, it has to fall from block to block. It does
# not look like that: it is a saw. What the skips do can be read within a stage, where the size of the map stays and
# block after block adds to it:

# %%
entropies = {row["layer"]: row["activation_entropy"] for row in profiles["resnet50"]}
for stage in ("conv2", "conv3", "conv4", "conv5"):
    inside = [value for layer, value in entropies.items() if layer.startswith(stage)]
    print(f"{stage}: {len(inside)} blocks, entropy {inside[0]:.3f} to {inside[-1]:.3f}, {inside[-1] - inside[0]:+.3f}")
for name, values in panels["peakedness"].items():
    print(f"highest peak of {name:15} {max(values):.0f} times the mean")

# %% [markdown]
# A plus sign means: behind more skips, activity is spread *more* evenly. That is no magic. Maps that fire at different
# places are added up, and a sum of many is more even than each of them, as the sum of many dice varies less, for its
# size, than one. What falls is the step from one stage to the next, where the map shrinks and new channels begin. (In
# the last stage hardly a dozen positions are left of a picture of 96 pixels.)
#
# So in the small networks of this lesson the cause that SWAG names is not to be seen. Neither is its effect: over eight
# pairs nobody could tell that ResNet50 painted with less style. Does that refute the paper? No: no peaks and no harm is
# what it would expect. It measured networks of full width, trained on ImageNet. Ours is a quarter as wide, has seen
# 8071 pictures instead of 1.3 million, and was trained with noise. With `nst.use("imagenet")` at the top you can
# measure whether in the originals both come together. What can be said here is less, and still something: "skips make
# peaks" is no law of the shape alone.
#
# ## The repair
#
# SWAG replaces the features by a softmax over *all* channels and positions,
#
# $$s(F)_{ik} = \frac{\exp F_{ik}}{\sum_{mn} \exp F_{mn}},$$
#
# in the content and in the style loss. It flattens: where activations are below 1, $\exp F$ is nearly $1 + F$, and all
# shares are nearly the same. The package has it as `statistic="softmax_gram"`
# ([its source](../nst_utils/losses/statistics.py)).
#
# The authors' public code has the softmax commented out; it weights the style of the deep stages down to a thousandth
# instead. Does the softmax help, or is it enough to listen less to deep layers? That comparison is not in the paper. We
# have a live run at three content weights, on the same pair:

# %%
smooth = [paint("resnet50", weight, statistic="softmax_gram") for weight in weights]
pair = {"plain": curves["resnet50"], "softmax": np.array([[measured(run)] for run in smooth])}
row = {
    "{}\nedges {:.2f}, style {:.2f}".format(name, *pair[name][1, 0]): run.picture
    for name, run in (("plain", runs["resnet50"][1]), ("softmax", smooth[1]))
}
plots.picture_row(row, f"ResNet50 as it is and under a softmax, at one weight ({weights[1]:g})")

# %%
middle = common_edges(pair)
styles = {name: style_at(middle, curve) for name, curve in pair.items()}
told = ", ".join(f"{name} {gained:.2f}" for name, gained in styles.items())
plots.trade_off(pair, f"Style gained at {middle:.2f} of the edges: {told}")

# %% [markdown]
# (Look at the boat under the softmax, too: a grid of single pixels, which the network does not mind.) And the table,
# with 6 pairs and three seeds: VGG19 and ResNet50, trained from scratch and random, as it is ("plain"), under the
# softmax, and with deep layers at a thousandth ("reweighted"). These paintings begin with noise.
#
# **Guess first:** for which of the four networks does the softmax help most?

# %%
smoothed = nst.verdict("S1").findings
groups = {}
for finding in smoothed:
    label = f"{finding.where['network']}, {finding.where['weights']}"
    groups.setdefault(finding.where["rival"], []).append((label, finding.median, finding.low, finding.high))

# %% tags=["nbval-check-output"]
words = {"for": "helps", "against": "harms", "undecided": "undecided"}
for finding in smoothed:
    interval = "nothing to compare" if np.isnan(finding.median) else f"{finding.median:+.3f} ({finding.spread})"
    print(f"{finding.place:44}{interval:28}{words[finding.side]}")

# %%
finding = "Style at equal edges, trained ResNet50: softmax less plain {:+.2f} ({:+.2f} to {:+.2f})"
plots.intervals(groups, finding.format(*groups["softmax less plain"][0][1:]))

# %% [markdown]
# Read the first panel as: does it help at all? And the second as: is it more than listening less to deep layers? A
# repair may work for another reason than its inventors give; a softmax also changes how strongly each layer pulls. The
# only sure answer here is that it harms the trained VGG19, which needed no repair; for ResNet50 nothing is decided.
# Where there is nothing to compare, the two have no edges in common: the trained VGG19 under a softmax keeps hardly
# any, at none of the three weights. Wide intervals are no failure of the softmax. They say that six pairs are too few.
#
# ## Two networks at once
#
# Study 1 ends with an idea that it did not try: a *mix* of VGG and ResNet layers would be interesting. Nothing speaks
# against it. A loss is a sum over layers, and the layers may come from two networks. The package joins them with a
# plus, and names each layer after its network ([its source](../nst_utils/networks/mixed.py)).

# %% tags=["nbval-check-output"]
both = nst.load_backbone("vgg19+resnet50")
for name, share in nst.default_layers(both)[1].items():
    print(f"{name:28}{both.channels[name]:4} channels, share {share:.3f}")

# %% [markdown]
# Each network gets half of the say that it has alone. **Guess first:** will the mix be better than both, or in between?

# %%
mix = paint("vgg19+resnet50", 0.2)
row = {
    "{}\nedges {:.2f}, style {:.2f}".format(name, *measured(run)): run.picture
    for name, run in (("vgg19", runs["vgg19"][1]), ("both", mix), ("resnet50", runs["resnet50"][1]))
}
ahead = measured(mix)[1] - style_at(measured(mix)[0], curves["vgg19"])
plots.picture_row(row, f"The mix less VGG19, where both keep the mix's edges: {ahead:+.2f} of the style")

# %% [markdown]
# The mix pays for two networks, in time and in memory. Whether that is worth it, the verdict on A6 below says.
#
# ## Other shapes
#
# Why not test the explanation where a network has *no* sums? **Inception V3** (2016) works with branches: each block
# looks through windows of 1, 3, 5 and 7 positions side by side and puts the answers *beside* each other, as further
# channels. Nothing is added up. **EfficientNet B0** (2019) has sums again, but of narrow maps without a ReLU in front,
# and a gate that turns whole channels up or down. Each wants its pixels prepared in its own way (-1 to 1 for the first,
# 0 to 255 for the second), which the package does. There are no small twins of them: training two more networks would
# not tell you how the ones that everybody uses behave. So this cell paints when the ImageNet weights are on.

# %% tags=["nbval-check-output"]
if nst.load_backbone("vgg19").weights == "imagenet":
    for name in ("inception_v3", "efficientnet_b0"):
        print("{:16} edges {:.2f}, style {:.2f} at weight 0.2".format(name, *measured(paint(name, 0.2))))
else:
    print("Small weights: Inception V3 and EfficientNet B0 need nst.use('imagenet') at the top.")

# %% [markdown]
# With them on you would see two more points for the curves above. Style is taken from the last layer at each of the
# strides 2, 4, 8 and 16, where branches meet.
#
# ## Verdicts
#
# Each claim of the studies, decided from the tables by [fixed rules](../tools/claims/findings.py): a comparison is
# *for* a claim if its whole interval is on the claimed side of 0. A claim *holds* if all of its comparisons are for it.
# Where they disagree it *depends*, if possible with what on.

# %%
found = [nst.verdict(name) for name in ("A1", "A2", "A3", "A4", "A5", "A6", "R2")]

# %% tags=["nbval-check-output"]
for each in found:
    print(f"{each.id}  {each.statement}\n    {each.verdict}")

# %% [markdown]
# And what the verdicts rest on, for the first: each line is a comparison.

# %% tags=["nbval-check-output"]
print(found[0].figures)

# %% [markdown]
# Set beside it what the eleven published pictures of study 1 measure, each network's own: palette distance to the style
# .060 (VGG16), .099 (VGG19) and .181 (ResNet50), edges kept .279, .303 and .419. ResNet50 keeps most edges and has
# least style: exactly what a network does that was asked for more content. At equal operating points A1 and A4 are one
# claim, read from two sides: who gives more style at equal edges also keeps more edges at equal style. Of the same
# two measures both cannot hold.
#
# Two limits. The networks here are small: the same layers as the originals, a quarter of the channels, less than a
# hundredth of the pictures in training. What holds for them need not hold for the originals: the one above that is
# fitted to an original paints otherwise. And nobody asked which picture is more *beautiful*. R2 says itself that it is
# "quite subjective", and no measure here knows.
#
# ## Exercises
#
# Three, each with a check. `nst.hint("activation_entropy", 1)` helps, in three steps; the
# [solutions](solutions/06_vgg_vs_resnet.ipynb) are one link away.
#
# ### How even is a layer?


# %% nbgrader={"grade": false, "grade_id": "activation_entropy", "locked": false, "schema_version": 3, "solution": true, "task": false}
def activation_entropy(features):
    """How evenly each picture's activity is spread, 0 to 1: activations (n, h, w, N), none below 0, to n numbers.

    Shares p of the picture's own sum; H = -sum p log p, where a share of 0 adds nothing; divided by log(h w N).

    >>> np.round(activation_entropy(np.array([[[[2.0, 2.0], [0.0, 0.0]]]])), 6).tolist()
    [0.5]
    """
    ### BEGIN SOLUTION
    flat = np.reshape(features, (len(features), -1))
    shares = flat / flat.sum(axis=1, keepdims=True)
    logarithms = np.log(np.where(shares > 0, shares, 1))
    return -(shares * logarithms).sum(axis=1) / np.log(flat.shape[1])
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "activation_entropy-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["nbval-check-output"]
nst.check.activation_entropy(activation_entropy)
### BEGIN HIDDEN TESTS
assert nst.check.activation_entropy(activation_entropy).passed
### END HIDDEN TESTS

# %% [markdown]
# ### Softmax smoothing
#
# The softmax of SWAG, for a batch. Mind large activations: $\exp 200$ is more than a float32 can hold, and still the
# answer is a share between 0 and 1.

# %%
import tensorflow as tf


# %% nbgrader={"grade": false, "grade_id": "softmax_smoothing", "locked": false, "schema_version": 3, "solution": true, "task": false}
def softmax_smoothing(features):
    """The softmax of each picture's features (n, h, w, N) over all channels and positions together, in that shape.

    >>> softmax_smoothing(tf.constant([[[[500.0, 500.0], [500.0, 500.0]]]])).numpy().tolist()
    [[[[0.25, 0.25], [0.25, 0.25]]]]
    """
    ### BEGIN SOLUTION
    rows = tf.reshape(features, [features.shape[0], -1])
    return tf.reshape(tf.nn.softmax(rows), features.shape)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "softmax_smoothing-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["nbval-check-output"]
nst.check.softmax_smoothing(softmax_smoothing)
### BEGIN HIDDEN TESTS
assert nst.check.softmax_smoothing(softmax_smoothing).passed
### END HIDDEN TESTS

# %% [markdown]
# ### ResNet layers that work
#
# Someone has measured layers and wants the even ones. Drop what falls below a bound, and keep the order.


# %% nbgrader={"grade": false, "grade_id": "resnet_layers", "locked": false, "schema_version": 3, "solution": true, "task": false}
def resnet_layers(features, least):
    """The names of the layers whose entropy is at least ``least`` of log(h w N), in their order, as a list.

    ``features`` is a dict of name to activations (h, w, N), none below 0. A layer in which nothing fires is dropped.

    >>> even, peaked = np.ones((1, 2, 2)), np.array([[[9.0, 0.0], [0.0, 0.0]]])
    >>> resnet_layers({"even": even, "peaked": peaked, "silent": 0 * even}, least=0.5)
    ['even']
    """
    ### BEGIN SOLUTION
    return [name for name, F in features.items() if F.any() and activation_entropy(F[None])[0] >= least]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "resnet_layers-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["nbval-check-output"]
nst.check.resnet_layers(resnet_layers)
### BEGIN HIDDEN TESTS
assert nst.check.resnet_layers(resnet_layers).passed
### END HIDDEN TESTS

# %% [markdown]
# Let it choose from all sums of ResNet50. As long as the dots stand above, the package's own measure takes the place of
# your answer.

# %%
network = nst.load_backbone("resnet50")
sums = [layer for layer in network.layers if layer.endswith("_out")]
maps = {name: values[0].numpy() for name, values in network.features(sums)(content[None]).items()}
bound = float(np.median([metrics.activation_entropy(values) for values in maps.values()]))
chosen = resnet_layers(maps, bound)
if chosen is None:
    chosen = [name for name, values in maps.items() if metrics.activation_entropy(values) >= bound]
print(f"{len(chosen)} of {len(sums)} layers have an entropy of {bound:.3f} or more:", ", ".join(chosen))

# %% [markdown]
# Which stages are there, and which blocks of a stage? Paint with `style_layers=chosen` at a few content weights, walk
# to equal edges, and find out whether even layers are better ones. (You know now why a single picture would not do.)
#
# ## In this lesson you have seen
#
# - At equal weights networks cannot be compared: each has its own scale. At equal edges they can, and a median with an
#   interval over many pairs says how sure a difference is.
# - An explanation that names a quantity can be tested: entropy by depth. In the small ResNet skips spread activity
#   instead of gathering it, and that it paints with less style cannot be told: neither cause nor effect is to be seen.
# - A verdict has a condition. "Holds", "does not hold" and "depends on" come from rules, with what speaks for and
#   against them; what the originals would say needs their weights.
#
# ## Further reading
#
# - K. Simonyan, A. Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", ICLR 2015.
#   [arXiv:1409.1556](https://arxiv.org/abs/1409.1556). VGG16 and VGG19.
# - K. He, X. Zhang, S. Ren, J. Sun, "Deep Residual Learning for Image Recognition", CVPR 2016, pages 770-778.
#   [arXiv:1512.03385](https://arxiv.org/abs/1512.03385). ResNet50.
# - P. Wang, Y. Li, N. Vasconcelos, "Rethinking and Improving the Robustness of Image Style Transfer", CVPR 2021.
#   [arXiv:2104.05623](https://arxiv.org/abs/2104.05623). SWAG: peaky activations, and the softmax against them.
# - R. Nakano, "A Discussion of 'Adversarial Examples Are Not Bugs, They Are Features': Adversarially Robust Neural
#   Style Transfer", Distill, 2019. [doi:10.23915/distill.00019.4](https://doi.org/10.23915/distill.00019.4). Robust
#   training makes a ResNet paint.
# - K. He, Y. Wang, J. Hopcroft, "A Powerful Generative Model Using Random Weights for the Deep Image Representation",
#   NIPS 2016. [arXiv:1606.04801](https://arxiv.org/abs/1606.04801). Painting without training.
# - C. E. Shannon, "A Mathematical Theory of Communication", Bell System Technical Journal 27, 1948, pages 379-423 and
#   623-656. The entropy.
