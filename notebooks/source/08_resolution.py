# %% [markdown]
# # Resolution: what size changes
#
# **Question:** What does size change?
#
# **Objectives:** You will be able to
# - tell three sizes apart: that of the content, of the style and of the painting, and say what each of them does;
# - judge two claims about smooth paintings from measurements with intervals;
# - predict time and memory of a large painting from a few small ones, and choose sizes for a time budget;
# - explain how a picture that does not fit into memory is painted in tiles, and why no seam shows.
#
# **Prerequisites:** [05 Content or style](05_content_or_style.ipynb); the receptive field of
# [01 Theory](01_theory.ipynb).
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
from nst_utils.engine.memory import needed_memory
from nst_utils.engine.run import Run
from nst_utils.engine.settings import settings_of
from nst_utils.engine.tiling import in_tiles, seam_strength
from nst_utils.images.arrays import fit

# %% [markdown]
# ## Three sizes
#
# A painting has a size, and so has each of the two pictures it is made from. Take a painting of 192 pixels. `stylize`
# makes both pictures as large as the painting; but you may show it a content or a style with *fewer* pixels, and
# nothing says that both have to have equally many.
#
# What a network sees does not grow with a picture. A position of `block5_conv1` looks at a window of 156 pixels (lesson
# 01), whatever you show it. So a stroke is as long as it is *in pixels of the style*: show a style at half the size,
# and its strokes are half as long. To make them longer, enlarge the style and cut out its middle, so that it fits
# again.


# %%
def middle(picture, size):
    """The middle of a picture, at most ``size`` pixels each way."""
    top, left = (max(0, (side - size) // 2) for side in picture.shape[:2])
    return picture[top : top + size, left : left + size]


SIZE = 192
content = nst.picture("harbor", size=SIZE)
styles = {f"style at {side}": middle(nst.picture("swirls", size=side), SIZE) for side in (96, 192, 384)}

# %% [markdown]
# **Guess first:** in which of the three will the swirls be largest? Which painting keeps most outlines?

# %%
quick = {"sizes": (96, SIZE), "steps": (60, 30), "progress": False}
painted = {name: nst.stylize(content, style, **quick).picture for name, style in styles.items()}
edges = {name: metrics.edge_correlation(picture, content) for name, picture in painted.items()}

# %%
told = ", ".join(f"{value:.2f} ({name})" for name, value in edges.items())
plots.picture_row({"content": content, **painted}, f"Outlines kept: {told}")

# %% [markdown]
# The same content, the same network and the same number of steps. The *scale of the style* is a choice of its own: a
# small style is laid on in short dabs, an enlarged one in longer, broader strokes. An enlarged style also shows less of
# itself: colors that stand near its border are cut off, and the painting loses them, too. How many outlines are kept
# changes little; if you expected more, remember that the style's scale says nothing about how much it counts. Published
# systems have a knob for this, often called *style scale*; here it is one line of your own.
#
# ### Two sizes, two sliders
#
# Here both can be moved: the *size* of the painting, and the *style scale*, how large the strokes are on it. The three
# paintings from above are there already, as scales 0.5, 1 and 2 at 192 pixels; **Paint** makes the others. The title
# says what a step needs.
#
# **Guess first:** at 96 pixels, with the strokes at 4, how much of the style is still to be seen in the cut-out? And
# which of the two sliders changes the memory that a step needs?

# %%
scales = {1.0: "style at 192", 0.5: "style at 96", 2.0: "style at 384"}
known = {(SIZE, scale): painted[name] for scale, name in scales.items()}
nst.widgets.resolution_slider("harbor", "swirls", painted=known, steps=90)

# %% [markdown]
# With the strokes at 4, a sixteenth of the style is left. And of the two sliders only the *size* changes the memory:
# the network looks at every pixel of the painting in every step, and at the style once. So the length of the strokes is
# free. (Where no kernel runs, as on GitHub, this is a picture of the first state; open the lesson on Colab or with
# `make lab` to move the sliders.)
#
# ## A content with fewer pixels
#
# A student study that this course grew from noted: *a content of low resolution, 128 pixels, gives a smoother result*.
# (Claim D1. On three of its published pictures the measure below agrees.) Let us look. The content is shrunk and
# enlarged again, so that only its detail is lost.


# %%
def coarse(picture, size):
    """A picture with the detail of one of ``size`` pixels."""
    return fit(fit(picture, size), max(picture.shape[:2]), enlarge=True)


style = styles["style at 192"]
contents = {"content at 192": content, "at 96": coarse(content, 96), "at 48": coarse(content, 48)}

# %% [markdown]
# *Smooth* needs a number. `high_frequency_energy` asks each pixel how much it differs from the mean of its four
# neighbors ([its source](../nst_utils/metrics/texture.py)): grain and sharp edges raise it. **Guess first:** by how
# much does it fall with half of the content's pixels, and with a quarter?

# %%
smoother = {"content at 192": painted["style at 192"]}
smoother |= {name: nst.stylize(contents[name], style, **quick).picture for name in ("at 96", "at 48")}
grain = {name: metrics.high_frequency_energy(picture) for name, picture in smoother.items()}
told = ", ".join(f"{value:.3f} ({name})" for name, value in grain.items())
plots.picture_row({"as shown at 48": contents["at 48"], **smoother}, f"Grain: {told}")

# %% [markdown]
# Whatever the three numbers say: one pair and one seed prove nothing, neither way. `nst.claims("resolution")` is the
# table of an experiment with 6 pairs of pictures, three seeds and two sizes of painting, made by
# [tools/claims](../tools/claims/experiments.py) with the small VGG19 that lesson 06 calls "scratch". Here is the
# verdict on claim D1, read off that table by the rules in [tools/claims/findings.py](../tools/claims/findings.py): a
# comparison is *for* the claim if its whole interval (95 %, over the pairs) lies on the claimed side of zero.

# %% tags=["nbval-check-output"]
table = nst.claims("resolution")
coarser = nst.verdict("D1")
print(len(table), "paintings.", coarser.statement + ":")
print(coarser.verdict + ".", coarser.remark)


# %%
def rows_of(verdict):
    """The findings of a verdict by measure, as `plots.intervals` takes them."""
    groups = {}
    for finding in verdict.findings:
        groups.setdefault(finding.measure, []).append((finding.place, finding.median, finding.low, finding.high))
    return groups


sides = [finding.side for finding in coarser.findings]
counts = f"{sides.count('for')} of {len(sides)} comparisons for it, {sides.count('against')} against"
plots.intervals(rows_of(coarser), f"Smoother by a coarse content: {counts}")

# %% [markdown]
# Read a row as: the change of the measure when the content becomes coarser, with half of the painting's pixels a side,
# or a quarter; left of zero is smoother. "Equal style" is the fair comparison of lesson 05. A coarse content asks for
# less, so the style wins more, and a part of the change could be that.
#
# What speaks for the claim: the content loss asks for the content's edges, and a coarse content has none that are
# sharp. What limits it: the grain of the style is asked for by the style loss, whatever the content is like. Styles of
# another size are in the table, too, for paintings of 256 pixels:

# %% tags=["nbval-check-output"]
large = table[table["size"] == 256]
weight = large.loc[large["variant"] == "style 128", "content_weight"].iloc[0]
for name in ("style 128", "as it is", "style 512"):
    rows = large[(large["variant"] == name) & (large["content_weight"] == weight)]
    grain, kept = (np.median(rows[measure]) for measure in ("high_frequency_energy", "edge_correlation"))
    print(f"{name:9}  median grain {grain:.3f}, outlines kept {kept:.2f}, {len(rows)} paintings")

# %% [markdown]
# Compare the spread of that column with the bars above: which of the two sizes decides more about how smooth a painting
# is?
#
# ## Smooth on purpose
#
# The same study had an idea that it did not try: *smoothing or blurring as a regularization could do the same* (claim
# D2). **Regularization** is a term that asks for something beside the goal itself; you know one, the total variation.
# Three ways to a smooth painting, then: a content of half the pixels, a content blurred with a Gaussian, and more
# weight for the total variation.

# %%
from scipy.ndimage import gaussian_filter

ways = {
    "as it is": painted["style at 192"],
    "content at 96": smoother["at 96"],
    "content blurred": nst.stylize(gaussian_filter(content, (1, 1, 0)), style, **quick).picture,
    "20 times the tv": nst.stylize(content, style, tv_weight=1.0, **quick).picture,
}

# %% [markdown]
# **Guess first:** which of the three is the smoothest? Which costs the most outlines of the sharp content?

# %%
print("                  grain  outlines  style")
for name, way in ways.items():
    energy, kept = metrics.high_frequency_energy(way), metrics.edge_correlation(way, content)
    print(f"{name:16} {energy:6.3f} {kept:9.2f} {metrics.style_gap_closed(way, content, style):6.2f}")

# %%
grain = {name: metrics.high_frequency_energy(way) for name, way in ways.items()}
smoothest = min(grain, key=grain.get)
plots.picture_row(ways, f"The smoothest: {smoothest}, with a grain of {grain[smoothest]:.3f}")

# %% [markdown]
# A coarse or blurred content acts on what the *content* asks for. Total variation acts on the *painting*: on every
# grain in it, whoever asked for it. So it can go much further. It is not free: pressed as hard as here, it costs style
# and outlines, too. What it takes away last are long, strong edges, since a difference of one counts as much in one
# step as in ten small ones: flat patches with hard borders are left. Now all pairs and seeds, by the network of the
# table, for which two and four times the weight were tried:

# %% tags=["nbval-check-output"]
regularized = nst.verdict("D2")
print(regularized.statement + ":")
print(regularized.verdict)

# %%
sides = [finding.side for finding in regularized.findings]
counts = f"{sides.count('for')} of {len(sides)} comparisons for it, {sides.count('against')} against"
plots.intervals(rows_of(regularized), f"Smoothing can do the same: {counts}")

# %% [markdown]
# The first rows ask whether blurring, or total variation, makes a painting at least as smooth (left of zero: smoother
# than with a coarse content). The others go to where total variation makes it *just as* smooth, and ask what is left
# of the sharp content's edges and of the style there; right of zero, nothing that an eye would see is lost.
#
# ## What a pixel costs: time
#
# Twice the side is four times the pixels. Is it four times the time? A convolution does the same at every position, so
# a step should take
#
# $$t = a + b\,hw,$$
#
# some time $a$ for whatever does not depend on the picture, and $b$ for each of its $hw$ pixels. Or, if you do not
# trust that, a power law $t = c\,(hw)^k$ whose exponent $k$ the measurement may choose. **Guess first:** what will $k$
# be?


# %%
def step_seconds(size, steps=5):
    """The median time of a step at one size; the first is left out, in which TensorFlow prepares itself."""
    pair = [fit(nst.picture(name), size, enlarge=True) for name in ("harbor", "swirls")]
    run = Run(*pair, settings_of(sizes=(size,), steps=steps + 1))
    for _ in range(steps + 1):
        run.advance()
    return np.median(np.diff(run.history["seconds"])), run.picture[..., 0].size


step_seconds(64, steps=1)  # the step is compiled here
sizes = (64, 96, 128, 192, 256, 384)
seconds, pixels = np.array([step_seconds(size) for size in sizes]).T

# %%
k, log_c = np.polyfit(np.log(pixels), np.log(seconds), 1)
b, a = np.polyfit(pixels, seconds, 1, w=1 / seconds)
ahead = 512 * 384
guesses = a + b * ahead, np.exp(log_c) * ahead**k
measured, _ = step_seconds(512, steps=3)
last_k = np.log(seconds[-1] / seconds[-2]) / np.log(pixels[-1] / pixels[-2])
print(f"power law: exponent {k:.2f}, between the two largest sizes {last_k:.2f}")
print(f"straight line: {1000 * a:.0f} ms and {1e6 * b:.2f} s a megapixel")
print(f"512 pixels: {guesses[0]:.2f} s by the line, {guesses[1]:.2f} s by the power law, {measured:.2f} s measured")

# %%
curves = {
    "measured": [*seconds, measured],
    "straight line": a + b * np.array([*pixels, ahead]),
    "power law": np.exp(log_c) * np.array([*pixels, ahead]) ** k,
}
shown = {name: np.multiply(values, 1000) for name, values in curves.items()}
places = [*pixels / 1e6, ahead / 1e6]
line, power = (guess / measured for guess in guesses)
title = f"At 512 pixels the line says {line:.0%} of the time measured, the power law {power:.0%}"
plots.lines(places, shown, "megapixels", "milliseconds a step", title)

# %% [markdown]
# An exponent below 1 does not mean that a large picture is a bargain. It is the $a$ that shows through: a small picture
# hardly keeps the processor busy. The larger the picture, the nearer $k$ comes to 1, or goes a little beyond it, where
# the maps outgrow the fast memory of the processor. So for large pictures trust the straight line rather than the power
# law, and allow for a little more. Of three runs with as many steps at 256, 512 and 1024 pixels, the last takes about
# three quarters of all the time; that is why a run goes from coarse to fine with most of its steps at the coarse sizes.
#
# ## What a pixel costs: memory
#
# The network's weights are the same for any picture. What grows are its maps. To go backwards, the chain rule needs
# what each layer has put out, so all of them are *kept* until the gradient has passed. Count them: a layer with stride
# $s$ (one position every $s$ pixels, down and across) and $N$ channels holds about $N\, hw / s^2$ numbers of 4 bytes.

# %%
network = nst.load_backbone("vgg19")
names = [name for name in network.layers[: network.layers.index("block5_conv1") + 1] if "conv" in name]
layers = [(network.strides[name], network.channels[name]) for name in names]
kept = sum(channels / stride**2 for stride, channels in layers)
first = sum(channels / stride**2 for stride, channels in layers[:4]) / kept
print(f"{len(layers)} layers keep {kept:.0f} numbers a pixel, {first:.0%} of them in the first two blocks")

# %% [markdown]
# **Guess first:** a photograph of 12 megapixels, as a telephone takes it. How many gigabytes are that, at 4 bytes a
# number? And with the original VGG19, which has four times the channels?

# %%
maps = network.features(names)(content[None])
there = sum(values.numpy().nbytes for values in maps.values())
print(f"at {content.shape[1]} x {content.shape[0]}: {there / 1e6:.1f} MB counted in the maps themselves,")
print(f"{4 * kept * content[..., 0].size / 1e6:.1f} MB predicted; 12 megapixels: {4 * kept * 12e6 / 1e9:.0f} GB")

# %% [markdown]
# The package makes such an estimate before it paints, with what it needs beside the maps (above all layer zero, whose
# numbers and products take more than the maps of a mini network, and gradients on their way), and refuses what would
# not fit: better a sentence now than a machine that stands still in an hour. `memory` says how many gigabytes it may
# take (else, what the machine has free).

# %%
try:
    nst.stylize("harbor", "swirls", size=640, memory=0.15)
except nst.MemoryBudgetError as error:
    print(error)

# %% [markdown]
# ## A picture in tiles
#
# So how does one paint a poster? The way one wallpapers a room: piece by piece. But which piece by piece? **Guess
# first:** what goes wrong if you cut the content into tiles, paint each as a picture of its own, and put them together?
# (Two things.)
#
# First, a *seam*: at the border of a tile a convolution sees zeros where the neighbor's pixels are. Second, and worse:
# the style loss compares *the whole* picture's Gram matrix with the style's. Asked of a single tile, it wants all of
# the style in every tile, its moon in each patch of sky.
#
# The remedy for the second: the Gram matrix is a *sum* over positions. So look at the tiles one by one, keep only their
# sums, and you have the Gram matrix of the whole without ever having held its maps,
#
# $$G_{ij} = \frac{1}{M} \sum_{\text{tiles}} \; \sum_{k \in \text{tile}} F_{ik} F_{jk}.$$
#
# By the chain rule the loss tells what it wants of $G$; with that, look at each tile a second time and bring the wish
# back to its pixels. Time for memory: a step looks twice ([its source](../nst_utils/engine/tiles.py)).
#
# For the first: a tile *sees* a margin beyond what it *counts*, and where the borders lie is drawn anew every few
# steps. Three versions of one painting follow, two of them in tiles of 96 pixels. All start from gray, which grows from
# the borders inwards (lesson 04), and do without the random shifts of the picture, so that nothing hides a seam.


# %%
def paint(look=None):
    """The harbor in swirls; ``look`` puts its objective into tiles."""
    settings = settings_of(sizes=(SIZE,), steps=30, jitter=0, start="gray", content_weight=0.01)
    run = Run(content, style, settings)
    if look:
        run.objectives = [look(run.objective)]
    return run.finish(progress=False).picture


in_pieces = {
    "no tiles": paint(),
    "no margin, fixed borders": paint(lambda whole: in_tiles(whole, 96, margin=0, moving=False)),
    "a margin, moving borders": paint(lambda whole: in_tiles(whole, 96)),
}

# %% [markdown]
# The number to look for is how far the mean color along the borders is from that inside of the tiles, as a share of
# the range: near 0 where no seam is. The ticks at the edges show where the fixed borders lie.

# %%
height, width = content.shape[:2]
boxes = [(i, min(i + 96, height), j, min(j + 96, width)) for i in range(0, height, 96) for j in range(0, width, 96)]
none, bare, moving = (seam_strength(picture, boxes) for picture in in_pieces.values())
told = f"{bare:.2f} without a margin, {moving:.2f} with margin and moving borders, {none:.2f} without tiles"
plots.tile_borders(in_pieces, dict.fromkeys(in_pieces, boxes), f"Seam: {told}")

# %% [markdown]
# (After so few steps from gray there is no harbor yet; here only the frames matter.) Without a margin each tile grows
# its own frame: the network sees an edge where a tile ends, and paints as it does at the edge of a picture. With the
# margin and borders that move, the painting has one frame, its own, as it has without tiles. A margin as wide as all
# that a deep layer sees would be dear; the package takes 32 pixels, which hold nearly all that counts, and lets the
# borders wander, so that the rest never adds up at one place.
#
# What is gained? Here is the estimate of the package for the whole picture and in tiles of 512.

# %%
whole = Run(content, style, settings_of(size=SIZE, steps=3)).objective
large = (512, 1024, 2048, 4096)
needs = {
    "whole": [needed_memory(whole, size * 3 // 4, size) / 1e9 for size in large],
    "in tiles": [needed_memory(in_tiles(whole, 512), size * 3 // 4, size) / 1e9 for size in large],
}
finding = "At 4096 pixels {:.1f} GB as a whole, {:.1f} GB in tiles".format(*(need[-1] for need in needs.values()))
plots.lines([size**2 * 3 / 4 / 1e6 for size in large], needs, "megapixels", "gigabytes", finding)

# %% [markdown]
# The line for tiles still rises: the painting itself, Adam's two means of it, a few copies and what the content asks
# for grow with the picture. What no longer grows is what the network keeps. To paint a large picture you only say so:
# `nst.stylize(content, style, size=2048)` takes tiles by itself where the whole does not fit, and `tile=512` asks for
# them. Here is one of twice the size of those above, in tiles of 192 pixels: most steps are spent where they are cheap.
#
# **Guess first:** can you find where the tiles meet?

# %%
poster = nst.stylize("harbor", "swirls", sizes=(96, 192, 384), steps=(80, 30, 8), tile=192, progress=False)
height, width = poster.picture.shape[:2]
row = {"style": poster.style, "the harbor, in tiles": poster.picture}
plots.picture_row(row, f"A painting of {width} x {height} pixels, made in tiles of 192")

# %% [markdown]
# You hardly can: every few steps they met at other places.
#
# ## Exercises
#
# Two, each with a check. `nst.hint("predict_memory", 1)` helps, in three steps; the
# [solutions](solutions/08_resolution.ipynb) are one link away.
#
# ### Predict the memory
#
# As above, but to the byte, as a whole number: with whole positions.


# %% nbgrader={"grade": false, "grade_id": "predict_memory", "locked": false, "schema_version": 3, "solution": true, "task": false}
def predict_memory(layers, h, w, bytes_each):
    """The bytes that the maps of a network take, all of which are kept for the gradient.

    ``layers`` is a list of pairs (stride, channels), ``h`` and ``w`` are the sides of the picture. A layer has one
    position every ``stride`` pixels, down and across; what is left over at the end of a side has none. A position
    holds one number for each channel, and a number takes ``bytes_each`` bytes. The picture itself is not counted.

    >>> predict_memory([(1, 4), (2, 8)], h=6, w=5, bytes_each=2)  # 2 * (6 * 5 * 4 + 3 * 2 * 8)
    336
    """
    ### BEGIN SOLUTION
    numbers = 0
    for stride, channels in layers:
        numbers += (h // stride) * (w // stride) * channels
    return bytes_each * numbers
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "predict_memory-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["nbval-check-output"]
nst.check.predict_memory(predict_memory)
### BEGIN HIDDEN TESTS
assert nst.check.predict_memory(predict_memory).passed
### END HIDDEN TESTS

# %% [markdown]
# Then the maps that we counted above are no surprise. (It says None until you have written it.)

# %%
print(f"counted {there:,} bytes, predicted {predict_memory(layers, *content.shape[:2], 4)}")

# %% [markdown]
# ### Sizes for a time budget
#
# Ten minutes until the poster has to be sent off. How large may it be? A run from coarse to fine halves its size as
# long as a size is at least 64, and takes as many steps at each. When it would take too long, what to give up is the
# finest size.
#
# So a run with the finest size f paints at f, at f // 2, and so on, as long as a size is at least 64, with `steps`
# steps at each. A step at size s takes `seconds` a megapixel, s * s / 1024**2 of them. Try f = `largest`; while the
# whole run takes more than `budget` seconds, halve f. If not even one size fits, return [].


# %% nbgrader={"grade": false, "grade_id": "sizes_for_budget", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sizes_for_budget(largest, steps, seconds, budget):
    """The sizes of the largest coarse-to-fine run of a square picture that the time allows, from coarse to fine.

    >>> sizes_for_budget(largest=512, steps=64, seconds=2, budget=50)  # 32 s at 512, 8 at 256, 2 at 128, 0.5 at 64
    [64, 128, 256, 512]
    >>> sizes_for_budget(largest=512, steps=64, seconds=2, budget=42)  # 42.5 would be needed
    [64, 128, 256]
    """
    ### BEGIN SOLUTION
    sizes = []
    while largest >= 64:
        sizes.insert(0, largest)
        largest //= 2
    while sizes and steps * seconds * sum(size**2 for size in sizes) > budget * 1024**2:
        sizes.pop()
    return sizes
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "sizes_for_budget-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["nbval-check-output"]
nst.check.sizes_for_budget(sizes_for_budget)
### BEGIN HIDDEN TESTS
assert nst.check.sizes_for_budget(sizes_for_budget).passed
### END HIDDEN TESTS

# %% [markdown]
# On this machine, with the straight line from above, and a hundred steps at each size (None until it is written):

# %%
for budget in (10, 60, 600):
    print(f"{budget:3} seconds:", sizes_for_budget(4096, steps=100, seconds=b * 1024**2, budget=budget))

# %% [markdown]
# ## In this lesson you have seen
#
# - The content, the style and the painting each have a size. The style's decides how long strokes are, the content's
#   how much detail is asked for; what makes a painting smooth was measured, with intervals.
# - Time and memory grow with the pixels, and a few small runs tell roughly what a large one takes. Most of what the
#   network needs is the maps of its first layers, kept for the gradient.
# - A sum can be taken in pieces. With the sums of all tiles, a margin around each and borders that move, a large
#   picture is painted in little memory, and no seam shows.
#
# ## Further reading
#
# - L. A. Gatys, A. S. Ecker, M. Bethge, A. Hertzmann, E. Shechtman, "Controlling Perceptual Factors in Neural Style
#   Transfer", CVPR 2017, pages 3985-3993. [arXiv:1611.07865](https://arxiv.org/abs/1611.07865). The scale of a style as
#   a control, and large pictures from coarse to fine.
# - T. Chen, B. Xu, C. Zhang, C. Guestrin, "Training Deep Nets with Sublinear Memory Cost", 2016.
#   [arXiv:1604.06174](https://arxiv.org/abs/1604.06174). Compute twice, keep less: the idea behind the second look.
# - Z. Chen, W. Wang, E. Xie, T. Lu, P. Luo, "Towards Ultra-Resolution Neural Style Transfer via Thumbnail Instance
#   Normalization", AAAI Conference on Artificial Intelligence, 2022.
#   [arXiv:2103.11784](https://arxiv.org/abs/2103.11784). Tiles that share the statistics of the whole, for networks
#   that paint in one go.
# - L. I. Rudin, S. Osher, E. Fatemi, "Nonlinear Total Variation Based Noise Removal Algorithms", Physica D 60, 1992,
#   pages 259-268.
