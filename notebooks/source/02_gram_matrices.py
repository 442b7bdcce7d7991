# %% [markdown]
# # Gram matrices
#
# **Question:** How can a texture be a matrix?
#
# **Objectives:** You will be able to
# - compute the Gram matrix of a layer, by hand and with a network;
# - read its diagonal, and the numbers beside it;
# - show what it forgets, and why that is what a style should forget;
# - make a texture out of noise, and a map of styles.
#
# **Prerequisites:** [01 Theory](01_theory.ipynb); a product of two matrices.
#
# **Minutes to read:** 20
#
# **Seconds to compute:** measured by the build

# %% tags=["setup"]
# The build fills in this cell.

# %%
import numpy as np

import nst_utils as nst
from nst_utils import plots

# %% [markdown]
# ## What would you write down?
#
# A friend has never seen your wallpaper. You may send a list of numbers, but no picture. "At row 3, column 5 it is
# blue" is no help: shift the paper by a hand and every such number is wrong, while it is still the same wallpaper.
# Better: "half of it is blue", "where it is blue it is never red", "edges run upright". These sentences name things
# that *occur*, and things that occur *together*. None names a place. That is the idea of the Gram matrix.
#
# ## By hand: three channels, one picture of stripes
#
# A channel is a map of where something was found. Here are three for a picture of upright stripes, 4 rows and 8
# columns: *bright*, *dark*, and *edge*, which fires on the first column of each stripe.

# %%
bright = np.tile([1, 1, 0, 0, 1, 1, 0, 0], (4, 1))
dark = 1 - bright
edge = np.tile([1, 0, 1, 0, 1, 0, 1, 0], (4, 1))
F = np.stack([bright, dark, edge], axis=-1).reshape(-1, 3)  # M positions x N channels

# %% [markdown]
# With $M = h\,w$ positions and $N$ channels, $F$ is a table of $M$ rows and $N$ columns. The **Gram matrix** is
#
# $$G = \frac{1}{M} F^\top F, \qquad G_{ij} = \frac{1}{M} \sum_{k=1}^{M} F_{ki}\, F_{kj}.$$
#
# Each place contributes the product of what two channels found *there*; $G_{ij}$ is the mean of these products.
#
# **Guess first:** which of the nine numbers are 0? Which are 1/2, which 1/4?

# %% tags=["nbval-check-output"]
G = F.T @ F / len(F)
print(G)

# %%
plots.gram_heat_maps(
    {"stripes": G}, "Bright never meets dark; an edge is half the time bright", ["bright", "dark", "edge"]
)

# %% [markdown]
# On the **diagonal**: half of the picture is bright, half is dark, half of the columns begin a stripe. **Beside it**:
# bright and dark are never at one place (0); half of the edges are bright, so bright and edge meet on a quarter of all
# places. The matrix is symmetric, for $i$ meets $j$ as often as $j$ meets $i$.
#
# ## With a network: stripes and spots
#
# A network finds its own channels. Four pictures with two colors each: stripes, the same stripes moved by 4 pixels, the
# stripes turned, and spots.

# %%
y, x = np.mgrid[0:96, 0:96]
masks = {
    "stripes": x // 6 % 2,
    "moved": (x + 4) // 6 % 2,
    "turned": y // 6 % 2,
    "spots": (x % 12 - 6) ** 2 + (y % 12 - 6) ** 2 < 23,
}
patterns = {name: np.stack([mask] * 3, axis=-1).astype(np.float32) for name, mask in masks.items()}
plots.picture_row(patterns, "Four patterns of the same two colors")

# %% [markdown]
# `features` gives a function from a batch of pictures to the maps of a layer, as in [lesson 01](01_theory.ipynb);
# `nst.gram_matrix` does the rest ([its source](../nst_utils/losses/statistics.py)).

# %%
network = nst.load_backbone("vgg19")
look = network.features("block2_conv1")
maps = look(np.stack(list(patterns.values())))["block2_conv1"]
grams = dict(zip(patterns, nst.gram_matrix(maps).numpy(), strict=True))
print("features", maps.shape, "-> Gram matrices", nst.gram_matrix(maps).shape)

# %% [markdown]
# **Guess first:** pixel by pixel, moved stripes differ from stripes on two thirds of all places. Spots differ on fewer
# than half. Which two Gram matrices look alike?


# %%
def apart(a, b):
    """Distance of two matrices, as a share of the size of the first."""
    return np.linalg.norm(a - b) / np.linalg.norm(a)


distances = {name: apart(grams["stripes"], gram) for name, gram in grams.items()}
for name, distance in distances.items():
    pixels = np.mean(patterns["stripes"] != patterns[name])
    print(f"{name:8} {pixels:4.0%} of the pixels differ, Gram matrices {distance:4.0%} apart")

# %%
changed = f"Moved stripes: {distances['moved']:.0%} apart from stripes; turned: {distances['turned']:.0%}"
plots.gram_heat_maps(grams, f"{changed}; spots: {distances['spots']:.0%}")

# %% [markdown]
# Look at the last number of each line. Moving the stripes leaves the matrix nearly as it was; what is left of a
# difference comes from the border. Turning them changes it: upright edges and level edges belong to different channels.
# So the Gram matrix forgets *where*, and keeps *which way* and *what shape*; try stripes of another width or color, and
# you will find that it keeps *how thick* and *which colors*, too.
#
# ## The diagonal: how much of it
#
# $G_{ii}$ is the mean square of channel $i$: how much it fires, anywhere. Let stripes take over a picture of spots from
# the left, and follow two channels: the one that prefers stripes most, and the one that prefers spots most.

# %%
shares = np.linspace(0, 1, 9)
mixtures = [np.where(x[..., None] < 96 * share, patterns["stripes"], patterns["spots"]) for share in shares]
prevalence = np.stack([np.diag(gram) for gram in nst.gram_matrix(look(np.stack(mixtures))["block2_conv1"]).numpy()])
prefers = prevalence[-1] - prevalence[0]
chosen = {f"channel {i}": prevalence[:, i] for i in (int(prefers.argmax()), int(prefers.argmin()))}

# %% [markdown]
# **Guess first:** what shape do the two lines have?

# %%
plots.lines(
    shares, chosen, "share of stripes", "$G_{ii}$", "The diagonal grows in step with the area that a pattern covers"
)

# %% [markdown]
# Straight, or nearly so: each column of the pattern adds the same. (The seam between the two patterns adds a little,
# too, and at both ends there is no seam.) The channel of the falling line hardly sees stripes: half the spots, half the
# number. That of the rising line sees spots as well, and so it begins far above 0. The diagonal counts.
#
# ## Shuffle the places
#
# If the sum does not care where, we may exchange places at will. Take a layer's features of a painting and mix its
# positions; each position keeps its own $N$ numbers.

# %%
swirls = nst.picture("swirls", size=128)
F = look(swirls[None])["block2_conv1"].numpy()
order = np.random.default_rng(0).permutation(F.shape[1] * F.shape[2])
mixed = F.reshape(1, -1, F.shape[-1])[:, order].reshape(F.shape)
print(
    "the Gram matrix has changed by less than one part in 100,000:",
    apart(*nst.gram_matrix(np.stack([F[0], mixed[0]])).numpy()) < 1e-5,
)

# %%
strongest = F[0].std(axis=(0, 1)).argmax()
maps = {"as it was": F[0, ..., strongest], "shuffled": mixed[0, ..., strongest]}
shown = {name: np.stack([channel / channel.max()] * 3, -1).clip(0, 1) for name, channel in maps.items()}
plots.picture_row(shown, f"Channel {strongest} before and after: another picture, the same Gram matrix")

# %% [markdown]
# Be careful what is shuffled. These are places *of a layer*, and each carries what the network saw around it. Shuffle
# the *pixels* instead, before the network looks, and every stroke is gone. **Guess first:** is the Gram matrix still
# the same?

# %%
pixels = swirls.reshape(-1, 3)
dust = np.random.default_rng(0).permutation(pixels).reshape(swirls.shape)
of_swirls, of_dust = nst.gram_matrix(look(np.stack([swirls, dust]))["block2_conv1"]).numpy()
plots.picture_row(
    {"swirls": swirls, "its pixels shuffled": dust},
    f"Same pixels, Gram matrices {apart(of_swirls, of_dust):.0%} apart: the neighborhood counts",
)

# %% [markdown]
# The colors of both pictures are the same to the last pixel. What the layer adds is the neighborhood: a channel of
# block 2 sees 10 x 10 pixels, a channel of block 5 sees 156 x 156, more than this picture has (the rule for that is in
# [lesson 01](01_theory.ipynb)). A style is therefore described by *several* layers, from fine to coarse.
#
# ## Two channels at a time
#
# One entry of the Gram matrix belongs to two channels. Here it is marked, with both of their maps for the painting
# `swirls`, and the map of their product, of which $G_{ij}$ is the mean. A large $G_{ij}$ may only mean that both
# channels are strong. So the title also has the **cosine**, $G_{ij} / \sqrt{G_{ii}\, G_{jj}}$: 1 if the two maps are
# multiples of each other, 0 if the two never fire at one place.
#
# **Guess first:** what is the cosine if *channel i* and *channel j* are the same? Then look for a bright and for a dark
# entry off the diagonal, with a cosine above 0.8 and below 0.2. What will the two maps have in common in each case?

# %%
nst.widgets.gram_heat_map("swirls", layer="block2_conv1")

# %% [markdown]
# Two channels that answer to the same strokes have a high cosine: in the mini network 13 and 27, which both fire on
# small strokes all over the picture. Its channels 16 and 21 both follow level lines, too, and yet their product is
# nearly black: they look for opposite sides of a line and hardly ever meet. (24 and 31 do the same with upright lines.)
# These two are the only ones of the 496 pairs with a cosine below 0.1. From here on such pairs grow more frequent with
# depth: in block 5 it is about one pair of six. (Where no kernel runs, as on GitHub, this is a picture; open the lesson
# on Colab or with `make lab` to choose.)
#
# ## Why products?
#
# Let a second picture have the Gram matrix $A$. Then the squared distance of the two matrices is a distance between two
# *clouds of points*, each point being the $N$ numbers of one place:
#
# $$\sum_{ij} (G_{ij} - A_{ij})^2 = \langle k(x, x') \rangle + \langle k(y, y') \rangle - 2\, \langle k(x, y) \rangle,
# \qquad k(x, y) = (x^\top y)^2,$$
#
# where $x, x'$ are places of the first picture, $y, y'$ of the second, and $\langle\ \rangle$ is the mean over all
# pairs. To see why, multiply the square out. Each of the three sums is a mean over pairs; the mixed one, for example,
#
# $$\sum_{ij} G_{ij} A_{ij} = \Big\langle \sum_{ij} x_i x_j\, y_i y_j \Big\rangle = \langle (x^\top y)^2 \rangle.$$
#
# Statisticians call it a *maximum mean discrepancy* (Li and others, 2017). Small whole numbers show that it is exact:

# %% tags=["nbval-check-output"]
X, Y = np.random.default_rng(0).integers(0, 4, (2, 16, 3))  # two pictures, 16 places, 3 channels
G, A = X.T @ X / 16, Y.T @ Y / 16


def k(x, y):
    """Mean of (x . y)^2 over all pairs of places."""
    return np.mean((x @ y.T) ** 2)


print(np.sum((G - A) ** 2), "=", k(X, X) + k(Y, Y) - 2 * k(X, Y))

# %% [markdown]
# ## A texture out of noise
#
# If the Gram matrices hold the texture, it should be possible to get it back from them alone. Start from noise, ask for
# no content at all, and let the picture change until its matrices agree with those of a honeycomb: first that of block
# 1, then those of blocks 1 and 2, and so on. Every matrix asked for counts the same.

# %%
honeycomb, swirls = nst.picture("honeycomb", size=256), nst.picture("swirls", size=256)
layers = [f"block{block}_conv1" for block in range(1, 6)]


def texture(shown, asked):
    """A picture from noise with the Gram matrices of the one shown, in the layers asked for."""
    return nst.stylize(shown, shown, style_layers=asked, size=256, content_weight=0, start="noise").picture


# %% [markdown]
# **Guess first:** with which block do cells appear? Will they be where they were? Will honey run down, as it does at
# the upper right?

# %%
textures = {"the picture": honeycomb, "block 1": texture(honeycomb, layers[:1])}
for last in (2, 3, 5):
    textures[f"blocks 1 to {last}"] = texture(honeycomb, layers[:last])

# %%
alike = abs(np.corrcoef(honeycomb.mean(-1).ravel(), textures["blocks 1 to 5"].mean(-1).ravel())[0, 1])
plots.picture_row(textures, f"Blots, rims, walls, cells, all in other places: brightness correlates by {alike:.2f}")

# %% [markdown]
# Block 1 sees 3 x 3 pixels. It brings blots of honey color, larger ones than that, for the picture is made at 64 pixels
# first, then at 128, then at 256 (more on that in [lesson 04](04_optimization.ipynb)). Block 2 rounds them and gives
# them a rim. With block 3 the rims join to walls, and here and there a cell closes. With all five nearly all are
# closed: cells with six corners, more or less, each with its own shade. And all of it is new. Nothing told the picture
# where a cell was, and so its brightness has little to do with that of the honeycomb (1 would be the same, 0 no
# relation at all). Most of the honey that runs down is gone, for what occurs only once leaves little in a mean. Some of
# it may hang from the upper border: a network pads its maps with zeros there, so of all places it does know the
# borders.
#
# That is how Gatys, Ecker and Bethge made textures in 2015, a year before they added content.
#
# What these matrices hold less firmly is color: look for gray where the honeycomb has none, most of it in the first two
# textures and near the borders. So the default style of this course is one half these five, and the other half **layer
# zero**, the pixels themselves with their nearest neighbors, which [lesson 03](03_content_and_style_loss.ipynb)
# introduces. See what it changes, with a painting:

# %%
nights = {"the painting": swirls, "five layers": texture(swirls, layers), "and layer zero": texture(swirls, None)}
off = [nst.metrics.palette_distance(picture, swirls) for picture in list(nights.values())[1:]]
plots.picture_row(nights, f"The colors come nearer: palettes {off[0]:.3f} apart, with layer zero {off[1]:.3f}")

# %% [markdown]
# Stars with their rings, spirals, strokes that follow a curve: both textures have them, and the five layers brought
# them. Layer zero takes most of the gray and the glaring yellow away, and brings back the dark blue and the green of
# the tree.
#
# ## A map of styles
#
# A Gram matrix of $N$ channels is a point in a space of $N^2$ dimensions. Which styles are neighbors there? Take all
# styles that are at hand, cut each in two halves, and find the two directions in which the points spread most
# (principal components, from the singular value decomposition of the table whose mean was taken off).

# %%
halves, names = [], []
for record in nst.pictures(role="style"):
    if record.offline:
        style = nst.picture(record.name, size=192)
        middle = style.shape[1] // 2
        halves += [style[:, :middle], style[:, middle:]]
        names += [record.name, record.name]

# %%
look_deeper = network.features("block3_conv1")
table = np.stack([nst.gram_matrix(look_deeper(half[None])["block3_conv1"]).numpy().ravel() for half in halves])
table /= np.linalg.norm(table, axis=1, keepdims=True)  # the kind of texture, not its strength
table -= table.mean(axis=0)
U, S, _ = np.linalg.svd(table, full_matrices=False)
places = U[:, :2] * S[:2]
kept = (S[:2] ** 2).sum() / (S**2).sum()

# %% [markdown]
# **Guess first:** the left half of a painting and its right half show different things. For how many of the halves is
# the other half the nearest of all points?

# %%
away = np.linalg.norm(table[:, None] - table, axis=-1) + 1e9 * np.eye(len(table))
found = sum(names[nearest] == names[index] for index, nearest in enumerate(away.argmin(axis=1)))
plots.picture_map(places, halves, names, f"{found} of {len(halves)} halves have their other half as nearest neighbor")

# %%
print(f"the two directions of the map hold {kept:.0%} of the spread of {table.shape[1]} numbers a style")

# %% [markdown]
# Where one half covers the other, both lie nearly at one place. The map is a shadow of the table: neighbors were sought
# among all its numbers, so a half may lie beside a stranger on the map and still have its other half as the nearest.
# Most halves of one painting belong together although they show different things: the matrix knows the manner, not the
# motif. Where two halves are far apart, look at them, as at those of `woodcut`: one is full of lines, much of the other
# is empty sky. Are they really in one style?
#
# ## Exercises
#
# Three, each with a check. `nst.hint("gram_matrix", 1)` helps, in three steps; the
# [solutions](solutions/02_gram_matrices.ipynb) are one link away.
#
# ### The Gram matrix
#
# In the network features come as *tensors*, TensorFlow's arrays, so that it can find gradients through all that is done
# to them. Most of what you know from NumPy is there under the same name: `features.shape`, `tf.reshape`,
# `tf.transpose`, `tf.einsum`, and `tf.matmul` or `@`; a sum is `tf.reduce_sum`, a mean `tf.reduce_mean`.

# %% nbgrader={"grade": false, "grade_id": "gram_matrix", "locked": false, "schema_version": 3, "solution": true, "task": false}
import tensorflow as tf


def gram_matrix(features):
    """The Gram matrix of each picture: a tensor (n, h, w, N) in, a tensor (n, N, N) out.

    >>> gram_matrix(tf.constant([[[[1.0, 2.0], [3.0, 0.0]]]])).numpy().tolist()
    [[[5.0, 1.0], [1.0, 2.0]]]
    """
    ### BEGIN SOLUTION
    n, h, w, channels = features.shape
    rows = tf.reshape(features, [n, h * w, channels])
    return tf.matmul(rows, rows, transpose_a=True) / (h * w)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "gram_matrix-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["nbval-check-output"]
nst.check.gram_matrix(gram_matrix)
### BEGIN HIDDEN TESTS
assert nst.check.gram_matrix(gram_matrix).passed
### END HIDDEN TESTS

# %% [markdown]
# ### Show the invariance
#
# Mix the positions of features, each place keeping its numbers, so that the Gram matrix stays. Every place may land
# anywhere in its own picture.


# %% nbgrader={"grade": false, "grade_id": "shuffled", "locked": false, "schema_version": 3, "solution": true, "task": false}
def shuffled(features, seed):
    """The same features (n, h, w, N), an array, with positions in an order drawn from ``seed``.

    >>> features = np.array([[[[1, 2], [3, 4], [5, 6]]]])  # one picture, 1 x 3 positions, 2 channels
    >>> sorted(shuffled(features, seed=0)[0, 0].tolist())
    [[1, 2], [3, 4], [5, 6]]
    """
    ### BEGIN SOLUTION
    n, h, w, channels = features.shape
    order = np.random.default_rng(seed).permutation(h * w)
    return features.reshape(n, h * w, channels)[:, order].reshape(n, h, w, channels)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "shuffled-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false} tags=["nbval-check-output"]
nst.check.shuffled(shuffled)
### BEGIN HIDDEN TESTS
assert nst.check.shuffled(shuffled).passed
### END HIDDEN TESTS

# %% [markdown]
# ### Predict a Gram matrix
#
# A picture has 3 rows and 4 columns: light, dark, light, dark. Channel 0 fires with 2 on light columns and with 0 on
# dark ones. Channel 1 looks for edges: it fires with 1 on columns 2, 3 and 4, and with 0 on the first.
#
#     channel 0   2 0 2 0      channel 1   0 1 1 1
#                 2 0 2 0                  0 1 1 1
#                 2 0 2 0                  0 1 1 1
#
# Write its Gram matrix down without computing it in code, as a list of two rows. An example: with channel 0 alone on
# only the first two columns ($M = 6$), the matrix has one number, $3 \cdot 2 \cdot 2 / 6 = 2$.

# %% nbgrader={"grade": false, "grade_id": "gram_of_pattern", "locked": false, "schema_version": 3, "solution": true, "task": false}
gram_of_pattern = (
    ### BEGIN SOLUTION
    [[2, 0.5], [0.5, 0.75]]
    ### END SOLUTION
)

# %% nbgrader={"grade": true, "grade_id": "gram_of_pattern-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false} tags=["nbval-check-output"]
nst.check.gram_of_pattern(gram_of_pattern)
### BEGIN HIDDEN TESTS
assert nst.check.gram_of_pattern(gram_of_pattern).passed
### END HIDDEN TESTS

# %% tags=["nbval-check-output"]
nst.progress()

# %% [markdown]
# ## In this lesson you have seen
#
# - The Gram matrix of a layer is the mean, over all places, of the products of its channels: the diagonal says how much
#   of something there is, the rest what occurs together.
# - It does not change when the places are exchanged. That is why it describes a manner and not a motif.
# - Gram matrices of several layers are enough to make a texture out of noise, and to lay styles out on a map.
#
# ## Further reading
#
# - L. A. Gatys, A. S. Ecker, M. Bethge, "Texture Synthesis Using Convolutional Neural Networks", Advances in Neural
#   Information Processing Systems 28, 2015, pages 262-270.
# - L. A. Gatys, A. S. Ecker, M. Bethge, "Image Style Transfer Using Convolutional Neural Networks", CVPR 2016, pages
#   2414-2423. [doi:10.1109/CVPR.2016.265](https://doi.org/10.1109/CVPR.2016.265).
# - Y. Li, N. Wang, J. Liu, X. Hou, "Demystifying Neural Style Transfer", Proceedings of the 26th International Joint
#   Conference on Artificial Intelligence (IJCAI), 2017, pages 2230-2236. Gram matrices as a maximum mean discrepancy.
# - J. Portilla, E. P. Simoncelli, "A Parametric Texture Model Based on Joint Statistics of Complex Wavelet
#   Coefficients", International Journal of Computer Vision 40(1), 2000, pages 49-71. The same idea before networks.
# - B. Julesz, "Visual Pattern Discrimination", IRE Transactions on Information Theory 8(2), 1962, pages 84-92. The
#   question: which statistics must agree for two textures to look alike?
