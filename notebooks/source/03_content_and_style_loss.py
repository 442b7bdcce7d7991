# %% [markdown]
# # Content loss and style loss
#
# **Question:** How far apart are two pictures?
#
# **Objectives:** You will be able to
# - compute content loss, style loss, layer zero and total variation, by hand and in code;
# - write down the loss that `nst.stylize` makes small, with all its numbers;
# - predict which of them notices a blur, a shift, a mirror or other colors;
# - carry a weight from one published system to another, and prove that nothing has changed;
# - recognize four classic mistakes by the pictures they make, and repair them.
#
# **Prerequisites:** [02 Gram matrices](02_gram_matrices.ipynb).
#
# **Minutes to read:** 30
#
# **Seconds to compute:** measured by the build

# %% tags=["setup"]
# The build fills in this cell.

# %%
from fractions import Fraction

import numpy as np
from scipy import ndimage

import nst_utils as nst
from nst_utils import losses, metrics, plots
from nst_utils.engine.run import Run
from nst_utils.engine.settings import settings_of

# %% [markdown]
# ## Two questions, two distances
#
# A computer that is to paint must know how far it still has to go: one number, the **loss**, 0 when it has arrived.
# But a painting has two goals. Is the *same thing at the same place* as in the content? Is it *made in the same
# manner* as the style? Each question gets a loss of its own.
#
# Both look at a layer's features $F$: a table of $M$ positions (rows) and $N$ channels (columns), as in
# [lesson 02](02_gram_matrices.ipynb). Let $P$ be the features of the content, and $A$ the Gram matrix of the style. The
# **content loss** compares place by place, the **style loss** compares the Gram matrices $G$ and $A$, which know no
# places. These are the losses of one layer; a painting adds up those of several, each times a weight:
#
# $$\mathcal{L}_\text{content} = \frac{1}{N M} \sum_{ki} (F_{ki} - P_{ki})^2, \qquad
# \mathcal{L}_\text{style} = \frac{1}{4 N^2} \sum_{ij} (G_{ij} - A_{ij})^2, \qquad G = \frac{1}{M} F^\top F.$$
#
# ## By hand
#
# Four positions, two channels, *bright* and *dark*. The picture is striped: bright, dark, bright, dark. Two others
# are compared with it: the stripes **moved** by one place, and a **blurred** one, in which every place is half bright
# and half dark.

# %%
stripes = np.array([[2, 0], [0, 2], [2, 0], [0, 2]])
moved = np.array([[0, 2], [2, 0], [0, 2], [2, 0]])
blurred = np.array([[1, 1], [1, 1], [1, 1], [1, 1]])

# %% [markdown]
# **Guess first:** which of the two is nearer to the stripes, for the content loss? And for the style loss? All
# numbers are small: compute the four losses on paper.


# %% tags=["nbval-check-output"]
def apart_in_content(F, P):
    """The mean squared difference, place by place."""
    return np.mean((F - P) ** 2)


def apart_in_style(F, P):
    """The squared difference of the Gram matrices, over 4 N^2."""
    G, A = F.T @ F / len(F), P.T @ P / len(P)
    return np.sum((G - A) ** 2) / (4 * G.shape[1] ** 2)


for name, F in {"moved": moved, "blurred": blurred}.items():
    print(f"{name:8} content loss {apart_in_content(F, stripes)}, style loss {apart_in_style(F, stripes)}")

# %% [markdown]
# They disagree. For the content loss the blurred picture is nearer (1 against 4): it is at least half right
# everywhere, the moved one is wrong everywhere. For the style loss the moved one is *no* distance away, and the
# blurred one is: there, bright and dark meet. Each loss is blind to something, and that is what it is for.
#
# ## Eight changes of one picture
#
# Now with a network, on a picture that is changed in a controlled way. What a shift pushes out on one side comes back
# on the other; the tiles are 16 x 16 pixels each.

# %%
harbor = nst.picture("harbor", size=192)
tiles = harbor.reshape(9, 16, 12, 16, 3).swapaxes(1, 2).reshape(-1, 16, 16, 3)
tiles = np.random.default_rng(0).permutation(tiles)
noise = np.random.default_rng(0).normal(0, 0.1, harbor.shape)
changes = {
    "noise": np.clip(harbor + noise, 0, 1).astype(np.float32),
    "blur": ndimage.gaussian_filter(harbor, (2, 2, 0)),
    "recolor": harbor[..., [1, 2, 0]],
    "shift 4 px": np.roll(harbor, 4, axis=1),
    "mirror": harbor[:, ::-1],
    "upside down": harbor[::-1],
    "shuffled tiles": tiles.reshape(9, 12, 16, 16, 3).swapaxes(1, 2).reshape(harbor.shape),
    "another picture": nst.picture("canyon", size=192),
}

# %%
shown = {name: changes[name] for name in ("blur", "recolor", "mirror", "shuffled tiles")}
plots.picture_row(shown, "Four of the eight: a blur keeps the places, a mirror keeps the strokes")

# %% [markdown]
# Layers have features of different size, so we divide each loss by the **energy** of its target, the sum of its squares
# ($\sum P^2$, or $\sum A^2$). Then 1 means: as far away as a layer that is silent, whatever the layer.

# %%
layers = [f"block{k}_conv1" for k in range(1, 6)]
network = nst.load_backbone("vgg19")
look = network.features(layers)


def share(x, target):
    """The squared distance as a share of the target's energy."""
    return float(np.sum((x - target) ** 2) / np.sum(target**2))


def both_losses(picture, target):
    """Content loss and style loss in every layer."""
    pair = {name: maps.numpy() for name, maps in look(np.stack([picture, target])).items()}
    content = [share(F, P) for F, P in pair.values()]
    return content, [share(*nst.gram_matrix(maps).numpy()) for maps in pair.values()]


# %% [markdown]
# **Guess first:** order blur, recolor, mirror and shuffled tiles from near to far, once for the content loss and once
# for the style loss. Then read the rows: a row that is bright on one side and dark on the other is seen by one loss
# only.

# %%
content, style = np.swapaxes([both_losses(changed, harbor) for changed in changes.values()], 0, 1)
mirrored = list(changes).index("mirror")
plots.heat_tables(
    {"content loss": content, "style loss": style},
    list(changes),
    layers,
    "loss / energy of the target",
    f"A mirror image, block 3: content loss {content[mirrored, 2]:.1f}, style loss {style[mirrored, 2]:.2g}",
)

# %% [markdown]
# Read the table row by row.
#
# - **Shift and mirror**: in early layers the content loss is about as large as for another picture altogether. The
#   style loss is from about five to thousands of times smaller than for another picture. To your eye little has
#   happened; for the content loss of an early layer everything has.
# - **Blur**: the reverse. Everything is at its place, so the layers find about half of the content loss of a mirror
#   image, or less. But the fine strokes are gone: in every layer the style loss is larger than for shift, mirror or
#   upside down.
# - **Recolor**: the first layer, whose channels tell colors apart, takes it for a style farther away than that of
#   another picture. Behind it both losses notice it less.
# - **Noise**: every layer notices it, and all about alike: a fifth of the energy or a little less in the content loss.
# - **Shuffled tiles**: each tile is right inside. The Gram matrices of the first two layers, which see a few pixels
#   at a time, change less than half as much as by another picture. A channel of block 5 sees far more than one tile,
#   and finds a texture of corners that was never there.
# - **Mirror against upside down**, style loss of block 5: both only move pixels, yet the second is about twice as
#   large. The network knows up from down better than left from right: VGG learned from upright photographs, half of
#   them mirrored, and the mini network learned to see as VGG does.
#
# ### How far may it move?
#
# The row *shift 4 px* fades from left to right. Follow it: move the harbor step by step, and see how soon each layer
# takes it for another picture.
#
# **Guess first:** which layer forgives a shift of 8 pixels?

# %%
shifts = [0, 1, 2, 4, 8, 16, 32, 64]
moving = [both_losses(np.roll(harbor, pixels, axis=1), harbor)[0] for pixels in shifts]
curves = dict(zip(layers, np.transpose(moving), strict=True))
at_8 = {name: curve[shifts.index(8)] for name, curve in curves.items()}
plots.lines(
    shifts,
    curves,
    "shift in pixels",
    "content loss / energy",
    f"A shift of 8 pixels: {at_8['block1_conv1']:.2f} in block 1, {at_8['block5_conv1']:.2f} in block 5",
)

# %% [markdown]
# In block 1 two pixels are nearly enough. Blocks 4 and 5 forgive 8 pixels: they find less than half of what another
# picture costs. In block 5 the loss is still growing at 64. Its positions lie 16 pixels apart and each sees a large
# part of the picture, so it says *roughly here*. That is why the layer of the content loss decides how freely a
# painter may move an outline.
#
# ### Slide a distortion
#
# Each of the eight changes had one strength. Here are six *distortions* that grow, from 0 (the harbor as it is) to 1,
# and both losses as `nst.stylize` counts them: content in two layers, style in five and in the picture itself. (That
# part is called layer zero; it comes below.)
#
# **Guess first:** which of *blur*, *shift*, *noise*, *recolor*, *turn* and *shuffle* moves the content loss and leaves
# the style loss nearly alone? Which raises the style loss above the content loss? And with *turn*, is the style loss
# largest at strength 1, a quarter turn?

# %%
nst.widgets.loss_under_distortion("harbor")

# %% [markdown]
# *Shift*: about half way, at some 16 pixels, the content loss is nearly as large as for another picture, and the style
# loss stays near 0. *Noise*: while it is weak, the content loss notices it more; but when it is strong, every speck is
# foreign to the style, and the style loss climbs above the content loss, as with none of the others. *Turn*: the style
# loss is largest about half way. A quarter turn makes upright strokes level and level ones upright,
# and the harbor has both; half way all of them slant. (Where no kernel runs, as on GitHub, this is a picture; open the
# lesson on Colab or with `make lab` to slide.)
#
# ## Total variation: is it smooth?
#
# Neither loss asks for a calm picture. A channel only reports that it has found its stroke, and specks that make it say
# so are as good as a stroke. A third term looks at nothing but neighboring pixels $x$ of the painting, one term for the
# pixel below and one for the pixel to the right:
#
# $$\mathrm{TV} = \frac{1}{3 h w} \sum_{i,j} \big( |x_{i+1,j} - x_{i,j}| + |x_{i,j+1} - x_{i,j}| \big).$$
#
# **Guess first:** which of the eight changes has less total variation than the harbor? Which has more?

# %%
for name, changed in changes.items():
    ratio = metrics.total_variation(changed) / metrics.total_variation(harbor)
    print(f"{name:15} {ratio:5.2f} times the total variation of the harbor")

# %% [markdown]
# Noise multiplies it, blur divides it, moving things about leaves it (nearly) alone: tiles add a few borders.
#
# ### Why absolute differences and not squares
#
# A wall 4 high can be climbed in one jump or in four steps. **Guess first:** which is cheaper, with absolute
# differences and with squares?

# %% tags=["nbval-check-output"]
for name, heights in {"jump": [0, 0, 0, 4, 4, 4], "ramp": [0, 1, 2, 3, 4, 4]}.items():
    step = np.diff(heights)
    print(f"{name}: absolute {np.abs(step).sum()}, squares {(step**2).sum()}")

# %% [markdown]
# With absolute differences an edge costs its height, however sharp it is. Squares make the sharp edge four times as
# dear as the ramp: they smear outlines. Let both clean a noisy harbor: a picture that stays near the noisy one, in
# squares, and has little of one or the other. (`cleaned` takes a hundred small steps that make this sum smaller; how
# such steps work is the subject of [lesson 04](04_optimization.ipynb).)

# %%
import tensorflow as tf

clean = nst.picture("harbor", size=128)
noisy = np.clip(clean + np.random.default_rng(0).normal(0, 0.12, clean.shape), 0, 1).astype(np.float32)


def squared_variation(x):
    """As total variation, with squares."""
    down, across = x[:, 1:] - x[:, :-1], x[:, :, 1:] - x[:, :, :-1]
    return (tf.reduce_sum(down**2) + tf.reduce_sum(across**2)) / x.shape.num_elements()


# %%
def cleaned(variation, weight, steps=100):
    """The noisy picture, moved downhill on its squared distance plus ``weight`` times its variation."""
    picture = tf.Variable(noisy[None])
    adam = tf.keras.optimizers.Adam(tf.keras.optimizers.schedules.CosineDecay(0.02, steps))
    for _ in range(steps):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((picture - noisy) ** 2) + weight * variation(picture)
        adam.apply_gradients([(tape.gradient(loss, picture), picture)])
    return np.clip(picture.numpy()[0], 0, 1)


# %% [markdown]
# The weights are chosen so that both results are about equally smooth. **Guess first:** in which one can you still
# count the masts?

# %%
smooth = {"absolute": cleaned(nst.total_variation, 0.1), "squares": cleaned(squared_variation, 1.0)}
edges = {name: metrics.edge_correlation(picture, clean) for name, picture in smooth.items()}
calm = {name: metrics.total_variation(picture) for name, picture in smooth.items()}
plots.picture_row(
    {"noisy": noisy, **smooth},
    f"Outlines kept: {edges['absolute']:.2f} (absolute) and {edges['squares']:.2f} (squares), "
    f"at a total variation of {calm['absolute']:.3f} and {calm['squares']:.3f}",
)

# %% [markdown]
# ### What the two terms like
#
# Down and across are counted apart. Compare a square, a disc and a diamond of the same height and width. The
# diamond's outline is the shortest by far.
#
# **Guess first:** whose total variation is the smallest?

# %% tags=["nbval-check-output"]
y, x = np.mgrid[-10:11, -10:11]
shapes = {"square": np.maximum(abs(x), abs(y)) <= 6, "disc": x**2 + y**2 <= 40, "diamond": abs(x) + abs(y) <= 6}
for name, shape in shapes.items():
    down, across = (np.abs(np.diff(shape.astype(int), axis=axis)).sum() for axis in (0, 1))
    print(f"{name:7} area {shape.sum():3}, down {down}, across {across}")

# %% [markdown]
# All three are equal, for each outline is counted by its height and its width. The square holds the most area for
# that price: where total variation counts for much, patches with level and upright borders are favored.
#
# ## Layer zero: the picture itself
#
# The five layers look at a picture through filters, and Gram matrices of filters leave some room: for colors that are
# not quite those of the style, and for a fine grain that no brush has made. So this course lets the style speak for the
# pixels as well. **Layer zero** needs no network. It holds 39 numbers of each pixel that has neighbors all around:
#
# - its 3 x 3 **neighborhood**, in red, green and blue: 27 numbers;
# - the **products** of its colors, $r^2, g^2, b^2, rb, gr, bg$, measured from gray ($r$ is red minus $\tfrac12$): 6,
#   times 4;
# - the **changes** of each color, $|\text{right} - \text{left}|$ and $|\text{below} - \text{above}|$: 6, times 4.
#
# The 4 gives the last twelve a say beside the other 27.


# %%
def layer_zero(picture):
    """The 39 numbers of each inner pixel, as a table with 39 columns."""
    h, w, _ = picture.shape
    around = [picture[y : y + h - 2, x : x + w - 2] for y in range(3) for x in range(3)]
    color = around[4] - 0.5
    products = 4 * np.concatenate([color**2, color * np.roll(color, 1, axis=-1)], -1)
    changes = [4 * np.abs(around[5] - around[3]), 4 * np.abs(around[7] - around[1])]
    return np.concatenate([*around, products, *changes], -1).reshape(-1, 39)


Z = layer_zero(harbor)
in_package = losses.layer_zero(harbor[None]).numpy().reshape(-1, 39)
print("pixels x numbers", Z.shape, "- as in the package:", np.allclose(Z, in_package, atol=1e-6))

# %% [markdown]
# Where in the picture a row comes from does not matter, only which numbers occur and together with which others. The
# mean $m$ of the rows says that, and their covariance $C$ (39 x 39). Those of the style are $m'$ and $C'$, and their
# distance is how far the rows must *travel*, as squared length, to have the mean and the covariance of the style (for
# normal distributions this is the squared Wasserstein distance). Again it is divided by the target's own, so that 1
# means: as far away as nothing at all:
#
# $$\mathcal{Z} = \frac{|m - m'|^2 + \mathrm{tr}\big(C + C' - 2\, (C\, C')^{1/2}\big)}
# {|m'|^2 + \mathrm{tr}\, C'}.$$
#
# (A Gram matrix of 27 nearly equal colors would hardly say more than how bright the picture is.)
#
# **Guess first:** which of the eight changes does layer zero notice most? Which three does it hardly notice?


# %%
def apart_in_layer_zero(Z, target):
    """The squared distance that the rows must travel, as a share of the target's own."""
    m, mean = Z.mean(0), target.mean(0)
    C, covariance = np.cov(Z.T, bias=True), np.cov(target.T, bias=True)
    shared = np.sqrt(np.linalg.eigvals(C @ covariance).real.clip(0)).sum()
    travel = np.sum((m - mean) ** 2) + np.trace(C + covariance) - 2 * shared
    return travel / (np.sum(mean**2) + np.trace(covariance))


for name, changed in changes.items():
    print(f"{name:15} {apart_in_layer_zero(layer_zero(changed), Z):.4f}")

# %% [markdown]
# Noise and blur, which change the grain, and other colors: layer zero takes each of them for worse than another
# picture. What only moves pixels it hardly notices, and of the shuffled tiles it sees no more than their borders.
#
# A few pixels are no stroke, so layer zero looks three times: at the picture, and at the picture shrunk to a half and
# to a quarter, where its 3 x 3 pixels are 6 x 6 and 12 x 12 of the picture.
#
# What does it do to a painting? Once the style is the five layers alone, once they have half of the weight and layer
# zero has the other half, and once layer zero has all.
#
# **Guess first:** what will be missing in the first, and what in the last?

# %%
pair = {"content": "harbor", "style": "mandala"}
wholes = {
    "five layers alone": nst.stylize(**pair, style_layers=layers),
    "with layer zero": nst.stylize(**pair),
    "layer zero alone": nst.stylize(**pair, style_layers=list(losses.PICTURES)),
}

# %%
result = wholes["with layer zero"]
colors = {name: metrics.palette_distance(one.picture, one.style) for name, one in wholes.items()}
plots.picture_row(
    {"style": result.style, **{name: one.picture for name, one in wholes.items()}},
    "Distance to the style's colors: " + ", ".join(f"{colors[name]:.3f} ({name})" for name in wholes),
)

# %% [markdown]
# What changes is color and grain. The five layers alone have drawn the mandala's petals and rings, but the picture is
# too light: the mandala lies on deep violet, here the ground is gray with specks of all colors. With layer zero the
# colors are about twice as near, and dark is dark. Layer zero alone has the colors, but no petal and no ring, only
# specks and slanting threads: for shapes it takes a network.
#
# Why not more of it? We tried, on four pairs at 256 pixels. The palette distance was about .04 with the five layers
# alone, .02 with half of the style from layer zero, and .013 with 12 of 13 parts. But with that much, an original
# VGG16, which had no say in the painting, sees it farther from the style, and less of the content is kept. So half it
# is.
#
# ## The default painting
#
# Now everything is together. The **total** loss is a weighted sum,
# $\alpha\, \mathcal{L}_\text{content} + \beta\, \mathcal{L}_\text{style} + \gamma\, \mathrm{TV}$.
# Write $\mathcal{C}(\ldots)$ for the content loss of a layer, $\mathcal{S}(\ldots)$ for its style loss, both divided
# by the energy of the target, and $\mathcal{Z}_1, \mathcal{Z}_2, \mathcal{Z}_4$ for layer zero at full, half and
# quarter size. Then this is what `nst.stylize` makes small if you name no weight and no layer:
#
# $$\mathcal{L} = 0.04 \cdot \tfrac12 \big(\mathcal{C}(\text{block3\_conv2}) + \mathcal{C}(\text{block4\_conv2})\big)
# + 0.1 \sum_{k=1}^{5} \mathcal{S}(\text{block}k\text{\_conv1})
# + \tfrac16 \big(\mathcal{Z}_1 + \mathcal{Z}_2 + \mathcal{Z}_4\big) + 0.05\, \mathrm{TV}.$$
#
# So $\alpha = 0.04$, $\beta = 1$, $\gamma = 0.05$. The content is looked for in two layers, one that knows outlines
# and one that knows things; the style takes half of its weight from the network, half from layer zero.
#
# This is the painting *with layer zero* from above once more, larger. It was made at one size after the other, up to
# 256 pixels:

# %%
gained = metrics.style_gap_closed(result.picture, result.content, result.style)
kept = metrics.edge_correlation(result.picture, result.content)
plots.picture_row(
    {"content": result.content, "the default painting": result.picture},
    f"Harbor in mandala: style gained {gained:.2f}, outlines kept {kept:.2f}",
)

# %% [markdown]
# A formula is a claim. Take the harbor as content, swirls as style, a picture between the harbor and noise as the
# painting, and compute it with nothing but the functions of this lesson.

# %%
harbor, swirls = nst.picture("harbor", size=128), nst.picture("swirls", size=128)
halfway = (harbor + np.random.default_rng(0).random(harbor.shape, np.float32)) / 2
content_layers = ["block3_conv2", "block4_conv2"]
look = network.features([*content_layers, *layers])
of_harbor, of_swirls, of_halfway = (look(picture[None]) for picture in (harbor, swirls, halfway))


def shrunk(picture, times):
    """A picture whose pixels are the means of ``times`` x ``times`` pixels."""
    h, w = (side // times for side in picture.shape[:2])
    return picture[: h * times, : w * times].reshape(h, times, w, times, 3).mean((1, 3))


# %%
C = [share(of_halfway[name].numpy(), of_harbor[name].numpy()) for name in content_layers]
S = [share(*(nst.gram_matrix(seen[name]).numpy() for seen in (of_halfway, of_swirls))) for name in layers]
Z = [apart_in_layer_zero(*(layer_zero(shrunk(one, times)) for one in (halfway, swirls))) for times in (1, 2, 4)]
tv = float(nst.total_variation(halfway[None]))
total = 0.04 * sum(C) / 2 + 0.1 * sum(S) + sum(Z) / 6 + 0.05 * tv

# The loss of nst.stylize before its first step, without the shifts of lesson 04
begun = nst.stylize(harbor, swirls, start=halfway, sizes=[128], steps=1, jitter=0, precision="float32").history
print(f"by hand {total:.5f}, nst.stylize {begun['total'][0]:.5f}")
print("the same but for rounding:", np.isclose(total, begun["total"][0], rtol=1e-3))

# %% [markdown]
# That is the whole secret of the paintings of this course; the rest is *how* the sum is made small, the subject of
# [lesson 04](04_optimization.ipynb). (One detail: while the picture is shifted at random, as it is by default, layer
# zero at full size takes every second pixel of every second row, to save time.) Every number of the formula can be
# set: `content_weight`, `style_weight`, `tv_weight`, `content_layers`, `style_layers`. Networks that see in another way
# have other layers, which `nst.default_layers` names; and one that is neither an original VGG nor fitted to one leaves
# 12 of 13 parts of the style to layer zero.
#
# ## The Rosetta page
#
# You find a recipe, "style weight $10^{-2}$", and copy it into another program. It does not work. Why?
#
# Because each program means another thing by *loss*. Here are six: *gatys* is the paper of 2016, *tutorial* that of
# TensorFlow, *torch* the program neural-style, *keras-io* an example of Keras, *deeplearning.ai* the exercise of an
# online course, and *energy* what you used above. (The Rosetta stone says one thing in three scripts.) All start from
# the same two distances, $\sum (F - P)^2$ and $S = \sum (G - A)^2$. Then they divide, each in its own way:
#
# | system | style, one layer | content | total variation |
# |---|---|---|---|
# | gatys | $E = S / (4 N^2)$ | half the sum | none |
# | tutorial | mean over the matrix: $S / N^2$ | mean | sum |
# | torch | Gram matrices divided by $N$ too, mean: $S / N^4$ | mean | sum over values up to 255 |
# | keras-io | $S M^2 / (36\, H^2 W^2)$, $H W$ pixels of the *picture* | sum | a sum of powers |
# | deeplearning.ai | $E$ | sum over $4 N M$ | none |
# | energy (this course) | $S / \sum A^2$ | sum over $\sum P^2$ | mean |
#
# In the package this is a table of functions ([its source](../nst_utils/losses/normalizations.py)), with the weights
# that each source publishes:

# %% tags=["nbval-check-output"]
print(f"{'':16}{'content':>10}{'style':>10}{'TV':>10}")
for name, convention in nst.NORMALIZATIONS.items():
    print(f"{name:16}" + "".join(f"{weight:10g}" for weight in convention.weights))

# %% [markdown]
# ### Weights that nobody wrote
#
# A division by $N^4$ in place of $N^2$ looks like a matter of taste. But $N$ grows from layer to layer, so it silently
# gives each layer a weight. Here are the five layers of VGG19 with 64, 128, 256, 512 and 512 channels, for a picture of
# 512 x 384 pixels, as exact fractions. (A `losses.Layer` holds what a system may divide by: the layer's channels and
# positions, the pixels of the picture, the number of layers, and the energy, which none of these five asks for.)
#
# **Guess first:** in which of the systems do deep layers count as much as early ones?

# %% tags=["nbval-check-output"]
pixels = Fraction(512 * 384)
vgg = [losses.Layer(Fraction(N), pixels / 4**k, pixels, 5, Fraction(1)) for k, N in enumerate((64, 128, 256, 512, 512))]
for name in ("gatys", "tutorial", "torch", "keras-io", "deeplearning.ai"):
    worth = [nst.convert_weight(Fraction(1), name, "gatys", layer) for layer in vgg]
    print(f"{name:16}" + "".join(f"{str(weight / worth[0]):>8}" for weight in worth))

# %% [markdown]
# Each row is relative to its first layer, in terms of Gatys' $E$. With *torch* the style of block5_conv1 (conv5_1 in
# the papers) counts 1/64 of what it counts with *gatys*, with *keras-io* 1/1024: the same sentence "all style layers
# weigh the same" describes three different wishes, of which the last hardly listens to conv5_1. The fractions hold for
# the mini networks, too: all their layers have a quarter of the channels.
#
# ### The weights as they are meant
#
# Now bring each system's published weights into one currency, that of Gatys: how much is content worth against style?
# Content at block4_conv2 of the same picture, style at the first and at the fifth of the layers.
#
# **Guess first:** do the systems agree within a factor of 10? Of 100?

# %% tags=["nbval-check-output"]
deep = losses.Layer(channels=512, positions=pixels / 64, pixels=pixels, layers=1, energy=1)
for name in ("gatys", "tutorial", "torch", "keras-io", "deeplearning.ai"):
    content_weight, style_weight, _ = nst.NORMALIZATIONS[name].weights
    alpha = nst.convert_weight(content_weight, name, "gatys", deep, "content")
    ratios = [alpha / nst.convert_weight(style_weight, name, "gatys", layer) for layer in (vgg[0], vgg[4])]
    print(f"{name:16} content : style = {float(ratios[0]):.0e} at conv1_1, {float(ratios[1]):.0e} at conv5_1")

# %% [markdown]
# They differ by a factor of *millions*. Each was tuned by eye inside its own convention, for its own size of picture,
# start and number of steps. A bare number like $10^{-2}$ says nothing. (Nor does a conversion tell you which one you
# will like: it only makes it the same wish.)
#
# ### One wish in six languages
#
# Take the default painting without layer zero, in the convention *energy*: content 0.04, half of it for each of two
# layers, five style layers 0.2 each, total variation 0.05. This convention divides by what is there, so it needs
# little tuning from network to network. To say the same in the others we need the sizes and the energies of the
# layers.


# %%
def described(name, energy, count):
    """What a convention needs to know of a layer."""
    _, h, w, channels = of_harbor[name].shape
    return losses.Layer(channels, h * w, harbor.shape[0] * harbor.shape[1], count, float(energy))


of_content = {name: described(name, np.sum(of_harbor[name] ** 2), 2) for name in content_layers}
of_style = {name: described(name, np.sum(nst.gram_matrix(of_swirls[name]) ** 2), 5) for name in layers}


# %%
def said_in(name):
    """The wish in another convention, as keywords of `nst.stylize`."""
    pixels = harbor.shape[0] * harbor.shape[1]
    content = {k: nst.convert_weight(0.02, "energy", name, of_content[k], "content") for k in content_layers}
    style = {k: nst.convert_weight(0.2, "energy", name, of_style[k]) for k in layers}
    tv = 0.05 / nst.NORMALIZATIONS[name].tv(pixels)
    return {"normalization": name, "content_layers": content, "style_layers": style, "tv_weight": tv}


names = ["conv3_2", "conv4_2", *(f"conv{k}_1" for k in range(1, 6)), "TV"]
print(" " * 16 + "".join(f"{name:>9}" for name in names))
for name in nst.NORMALIZATIONS:
    wish = said_in(name)
    numbers = (*wish["content_layers"].values(), *wish["style_layers"].values(), wish["tv_weight"])
    print(f"{name:16}" + "".join(f"{number:9.2g}" for number in numbers))

# %% [markdown]
# Six rows, one wish (the first two columns are content). Is it true? What moves a picture is the **gradient**: for
# every value of every pixel, how the total changes when the value grows a little. If the six totals are the same wish,
# their six gradients are the same, at any picture; take the one between the harbor and noise. (`nst.Objective` is such
# a total. The weights are those of content, style and total variation, and a learning rate, which a gradient has no use
# for. The two seeds `(0, 0)` would draw a random shift of the picture; here there is none.)

# %%
gradients = {}
for name in nst.NORMALIZATIONS:
    wish = said_in(name)
    content_and_style = (tuple(wish[kind].items()) for kind in ("content_layers", "style_layers"))
    total = nst.Objective(network, *content_and_style, normalization=name)
    targets = total.targets(harbor[None], swirls[None])
    weights = (1.0, 1.0, wish["tv_weight"], 0.0)
    gradients[name] = total.value_and_gradient(tf.constant(halfway[None]), targets, weights, (0, 0))[1].numpy()

# %%
first = gradients["gatys"]
for name, gradient in gradients.items():
    apart = np.abs(gradient - first).max() / np.abs(first).max()
    print(f"{name:16}", "equal to the last bit" if apart == 0 else f"equal but for {apart:.0e} of the largest entry")

# %% [markdown]
# Equal: what is left is the rounding of 32-bit numbers, which have about seven digits. Where the factors between two
# conventions are powers of two, as for the style of *gatys*, *tutorial* and *deeplearning.ai*, they cost no rounding
# at all, and some lines may be equal to the last bit.
#
# **Guess first:** the same numbers without conversion, read by *gatys* and by *tutorial*. What will they paint?

# %%
the_wish = said_in("energy")
wishes = {
    "energy: the wish": the_wish,
    "gatys: same numbers": {**the_wish, "normalization": "gatys"},
    "tutorial: same numbers": {**the_wish, "normalization": "tutorial"},
    "keras-io: converted": said_in("keras-io"),
}
alike = {"content_weight": 1.0, "style_weight": 1.0, "sizes": [128], "steps": 30, "jitter": 0, "precision": "float32"}
painted = {name: nst.stylize(harbor, swirls, **wish, **alike).picture for name, wish in wishes.items()}

# %%
converted = np.abs(painted["keras-io: converted"] - painted["energy: the wish"]).mean()
plots.picture_row(painted, f"Same numbers: other pictures. Converted: the same, but for {converted:.0e} of the range")

# %% [markdown]
# For *gatys* content is a sum over thousands of numbers: it outweighs everything and the harbor stays nearly as it is.
# For *tutorial* total variation is a sum over all pixels: the picture dissolves in fog. Converted weights paint the
# same picture, though none of the numbers is the same.
#
# ## Break it on purpose
#
# Four mistakes are easy to make in such a program and hard to see in its code. Make them once here, so that you know
# their faces. We need a small painter of our own, for the package has locked these doors. (How its steps work is the
# subject of [lesson 04](04_optimization.ipynb).)
#
# VGG wants its pictures in a peculiar form, which comes from the program it was trained with: channels in the order
# blue, green, red, from 0 to 255, minus the mean color of all training pictures. `features` does that for you. Check
# it against the bare network:

# %%
MEAN = np.float32([103.939, 116.779, 123.68])  # blue, green, red
bare = tf.keras.Model(network.model.inputs[0], network.model.get_layer("block1_conv1").output)
by_hand = bare(255 * harbor[None, ..., ::-1] - MEAN)
by_features = network.features("block1_conv1")(harbor[None])["block1_conv1"]
print("the same features:", np.allclose(by_hand, by_features, rtol=1e-3, atol=1e-3 * np.max(by_features)))

# %% [markdown]
# The painter has the losses and the weights of the default painting. `graphs.targets` says what is wanted of the
# painting, `graphs.value_and_gradient` gives its losses and their gradient
# ([source](../nst_utils/engine/objective.py)). Two functions stand on the way to the network and can go wrong:
# `painting` for the picture in work, `targets` for content and style. As long as nothing is broken, each returns what
# it gets.

# %%
from nst_utils.engine.objective import compiled

run = Run(harbor, swirls, settings_of(size=128, jitter=0, precision="float32"))
graphs = compiled(run.objective)
weights = (run.content_weight, run.style_weight, run.tv_weight, 0.0)


def as_it_is(picture):
    """Nothing broken."""
    return picture


# %%
def approach(picture, wanted, steps, painting, clip):
    """The picture after some steps downhill, and its last loss."""
    picture = tf.Variable(picture)
    adam = tf.keras.optimizers.Adam(0.02, beta_2=0.99, epsilon=1e-12)
    for _ in range(steps):
        with tf.GradientTape() as tape:
            seen = painting(picture)
        terms, pull = graphs.value_and_gradient(seen, wanted, weights, (0, 0))
        adam.apply_gradients([(tape.gradient(seen, picture, pull), picture)])
        if clip:
            picture.assign(tf.clip_by_value(picture, 0.0, 1.0))
    return picture, float(terms[0])


# %%
def paint(content, style, painting=as_it_is, targets=as_it_is, clip=True):
    """A painting from coarse to fine, and its last loss."""
    picture = content[None]
    for size, steps in ((64, 60), (128, 30)):
        small = nst.picture(content, size=size)
        wanted = graphs.targets(targets(small[None]), targets(nst.picture(style, size=size)[None]), (0, 0))
        picture = tf.image.resize(picture, small.shape[:2], antialias=True)
        picture, loss = approach(picture, wanted, steps, painting, clip)
    return picture.numpy()[0], loss


right, right_loss = paint(harbor, swirls)

# %% [markdown]
# Every painting is judged from outside, with two measures of [lesson 00](00_welcome.ipynb) that know no network: style
# gained, and outlines kept.


# %%
def judged(picture, loss):
    """Measures of a painting, in a line."""
    picture = np.clip(picture, 0, 1)
    gained = metrics.style_gap_closed(picture, harbor, swirls)
    kept = metrics.edge_correlation(picture, harbor)
    return f"style gained {gained:5.2f}, outlines kept {kept:5.2f}, loss {loss:.3f}"


print("right:", judged(right, right_loss))

# %% [markdown]
# ### Mistake 1: the wrong order of channels
#
# Some programs read files as blue, green, red (OpenCV does), others as red, green, blue (Pillow does). **Guess
# first:** what comes out if the targets were taken in the right order, but the painting reaches the network the wrong
# way round? And if *both* are the wrong way round?


# %%
def reversed_channels(picture):
    """Red for blue, blue for red."""
    return picture[..., ::-1]


orange, orange_loss = paint(harbor, swirls, painting=reversed_channels)
hidden, hidden_loss = paint(harbor, swirls, painting=reversed_channels, targets=reversed_channels)
print("painting only:", judged(orange, orange_loss))
print("both:         ", judged(hidden, hidden_loss))

# %%
palettes = [metrics.palette_distance(picture, swirls) for picture in (right, orange, hidden)]
plots.picture_row(
    {"right": right, "wrong for the painting only": orange, "wrong for both": hidden},
    "Distance to the style's colors: " + ", ".join(f"{distance:.2f}" for distance in palettes),
)

# %% [markdown]
# On one side only, the painter does what it is told: the picture has the style's colors *after* blue and red are
# exchanged. The loss is nearly as low as the right one's. **Its face:** orange where blue should be.
#
# On both sides it hardly shows. The network sees colors that it did not learn, but painting and targets agree, and a
# picture much like the right one comes out. Such a mistake can live in a program for years.
#
# **Repair:** one function that prepares a picture, used for all three of them. And turn round what was read the wrong
# way:

# %% tags=["nbval-check-output"]
as_opencv_reads_it = harbor[..., ::-1]
print("after turning it back:", np.array_equal(as_opencv_reads_it[..., ::-1], harbor))

# %% [markdown]
# ### Mistake 2: the mean is not subtracted
#
# Leaving out the subtraction is the same as adding the mean to the picture. **Guess first:** what must the painter do
# with the pixels to make up for it?


# %%
def without_mean(picture):
    """The network will see it as if no mean were subtracted; here the order is red, green, blue."""
    return picture + MEAN[::-1] / 255


dark, dark_loss = paint(harbor, swirls, painting=without_mean)
print("right:        ", judged(right, right_loss))
print("painting only:", judged(dark, dark_loss))

# %%
plots.picture_row(
    {"right": right, "no mean for the painting": dark},
    f"Without the mean: brightness {dark.mean():.2f} instead of {right.mean():.2f}",
)

# %% [markdown]
# All that the network sees is too bright by almost half of the range. So the painter makes every pixel darker, and
# most of them cannot become as dark as they should. **Its face:** a black picture with a few lights. Here the loss
# *does* tell: it stays more than three times as high.
#
# (On both sides, painting and targets would agree once more, as with the wrong order, though the network would look at
# a range that it was not made for.)
#
# **Repair:** the same as above, one function for all.
#
# ### Mistake 3: no clipping
#
# A pixel lies between 0 and 1, but an optimizer does not know. A file stores 8 bits for each value, 0 to 255.
# **Guess first:** what does it make of 1.02, which is $1.02 \cdot 255 = 260$?

# %% tags=["nbval-check-output"]
print(np.array([255, 256, 260, -1]).astype(np.uint8))

# %% [markdown]
# It starts again at 0, like a clock: a red that is a little too strong is stored as no red at all, and a black that
# is too black becomes glaring.

# %%
loose, loose_loss = paint(harbor, swirls, clip=False)
outside = np.mean((loose < 0) | (loose > 1))
stored = (255 * loose).astype(np.int32).astype(np.uint8) / 255
print("stored as it is:    ", judged(stored, loose_loss))
print("clipped at the end: ", judged(loose, loose_loss))
print("clipped at each step", judged(right, right_loss))

# %%
plots.picture_row(
    {"clipped at each step": right, "stored without clipping": stored, "clipped at the end": np.clip(loose, 0, 1)},
    f"{outside:.1%} of the values have left the range, from {loose.min():.2f} to {loose.max():.2f}: specks",
)

# %% [markdown]
# **Its face:** garish specks, in the lights and in the shadows. The loss does not know of them: it was computed
# before the file was written. Clipping once at the end removes the specks, but whatever the painter had put beyond
# the range is cut off unseen. How much that is depends on the losses. This course also compares the colors
# themselves, as layer zero, and that keeps most values in the range: compare the last two lines.
#
# **Repair:** clip after every step, so that the painter notices, and finds another way.
#
# ### Mistake 4: height and width exchanged
#
# An array has the shape (height, width, 3). Pillow says `size`, and means (width, height). Either way
# there are as many values, so nothing complains:

# %% tags=["nbval-check-output"]
from nst_utils.images.arrays import as_image

image = as_image(harbor)
values = np.frombuffer(image.tobytes(), np.uint8)
crooked = values.reshape(*image.size, 3)
print("size", image.size, "shape of the array", crooked.shape, "it should be", np.asarray(image).shape)

# %% [markdown]
# **Guess first:** what does the picture look like? What will the style loss say to it?

# %%
lost, lost_loss = paint(nst.picture(crooked), swirls)
print("right:    ", judged(right, right_loss))
print("exchanged:", judged(lost, lost_loss))
plots.picture_row(
    {"right": right, "what was read": crooked, "its painting": lost},
    f"Outlines kept: {metrics.edge_correlation(lost, harbor):.2f} instead of "
    f"{metrics.edge_correlation(right, harbor):.2f}",
)

# %% [markdown]
# The rows of the picture are cut at the wrong length and lie in shreds. **Its face:** an upright painting of a level
# picture, in good style, in which nothing of the content can be found. A Gram matrix does not ask for places, so the
# style is gained all the same; and the content loss compares with the same shreds. In one place the mistake is even
# harmless:

# %% tags=["nbval-check-output"]
features = np.random.default_rng(0).integers(0, 5, (1, 3, 4, 2))  # h = 3, w = 4, two channels
exchanged = features.reshape(1, 4, 3, 2)
grams = [nst.gram_matrix(maps.astype(np.float32)).numpy() for maps in (features, exchanged)]
print("Gram matrices are equal:", np.array_equal(*grams))

# %% [markdown]
# **Repair:** turn `size` round, or better let `np.asarray` do it.

# %% tags=["nbval-check-output"]
repaired = values.reshape(*image.size[::-1], 3)
print("as Pillow has it:", np.array_equal(repaired, np.asarray(image)))

# %% [markdown]
# ### Four faces to remember
#
# Orange where blue should be; a black picture with a few lights; garish specks; an upright painting in which nothing of
# the content is found. The painting on the left of each of the four figures has none of them: height and width in
# order, one preparation for all pictures, clipped at each step.
#
# Go back and compare the losses of all paintings: of the wrong ones, only one is far above the right one. *A low loss
# says that the painter has met the targets; it does not say that they were the right ones.* Look at the picture, and
# measure from outside.
#
# ## Exercises
#
# Four, each with a check. `nst.hint("content_loss", 1)` helps, in three steps; the
# [solutions](solutions/03_content_and_style_loss.ipynb) are one link away.
#
# ### Content loss


# %% nbgrader={"grade": false, "grade_id": "content_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
def content_loss(F, P):
    """The mean squared difference of two layers' features: one number, a scalar tensor.

    ``F`` are the features of the painting, ``P`` those of the content picture, both tensors (n, h, w, N). The mean is
    taken over everything: pictures, positions and channels.

    >>> F = tf.constant([[[[1.0, 2.0], [3.0, 0.0]]]])
    >>> P = tf.constant([[[[1.0, 0.0], [0.0, 0.0]]]])
    >>> float(content_loss(F, P))  # (0 + 4 + 9 + 0) / 4
    3.25
    """
    ### BEGIN SOLUTION
    return tf.reduce_mean((F - P) ** 2)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "content_loss-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false} tags=["nbval-check-output"]
nst.check.content_loss(content_loss)
### BEGIN HIDDEN TESTS
assert nst.check.content_loss(content_loss).passed
### END HIDDEN TESTS

# %% [markdown]
# ### Style loss


# %% nbgrader={"grade": false, "grade_id": "style_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
def style_loss(G, A):
    """Gatys' style loss of one layer, E = sum (G - A)^2 / (4 N^2): one number, a scalar tensor.

    ``G`` are the Gram matrices of the painting, ``A`` those of the style picture: tensors (n, N, N), already divided by
    the number of positions M. (Gatys' own matrices are not, hence his 4 N^2 M^2.) The sum runs over everything.

    >>> G = tf.constant([[[5.0, 1.0], [1.0, 2.0]]])
    >>> A = tf.constant([[[1.0, 1.0], [1.0, 2.0]]])
    >>> float(style_loss(G, A))  # 4^2 / (4 * 2^2)
    1.0
    """
    ### BEGIN SOLUTION
    channels = G.shape[-1]
    return tf.reduce_sum((G - A) ** 2) / (4 * channels**2)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "style_loss-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false} tags=["nbval-check-output"]
nst.check.style_loss(style_loss)
### BEGIN HIDDEN TESTS
assert nst.check.style_loss(style_loss).passed
### END HIDDEN TESTS

# %% [markdown]
# ### Total variation


# %% nbgrader={"grade": false, "grade_id": "total_variation", "locked": false, "schema_version": 3, "solution": true, "task": false}
def total_variation(picture):
    """How rough a picture is: all differences of neighbors, down plus across, divided by the number of values.

    ``picture`` is a tensor (n, h, w, 3). Add up the absolute differences between each value and the one below it, then
    those between each value and the one right of it. Divide by n * h * w * 3. Return a scalar tensor.

    >>> picture = tf.constant([[[[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]]]])  # 1 x 2 pixels, black and white
    >>> float(total_variation(picture))  # 3 differences of 1 / 6 values
    0.5
    """
    ### BEGIN SOLUTION
    down = tf.abs(picture[:, 1:] - picture[:, :-1])
    across = tf.abs(picture[:, :, 1:] - picture[:, :, :-1])
    return (tf.reduce_sum(down) + tf.reduce_sum(across)) / picture.shape.num_elements()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "total_variation-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false} tags=["nbval-check-output"]
nst.check.total_variation(total_variation)
### BEGIN HIDDEN TESTS
assert nst.check.total_variation(total_variation).passed
### END HIDDEN TESTS

# %% [markdown]
# ### Convert a weight
#
# What must stay as it was is weight times loss. Start from there.


# %% nbgrader={"grade": false, "grade_id": "convert_weight", "locked": false, "schema_version": 3, "solution": true, "task": false}
def convert_weight(weight, source, target, layer):
    """The style weight of one layer under another convention, so that weight times loss stays the same.

    ``source`` and ``target`` are "gatys" or "tutorial". With S = sum (G - A)^2 of Gram matrices divided by M, the loss
    of a layer is S / (4 N^2) for "gatys" and S / N^2, the mean, for "tutorial". ``layer.channels`` is N.

    >>> first = losses.Layer(channels=64, positions=65536, pixels=65536, layers=5, energy=1.0)
    >>> convert_weight(1.0, "gatys", "tutorial", first)
    0.25
    """
    ### BEGIN SOLUTION
    divisors = {"gatys": 4 * layer.channels**2, "tutorial": layer.channels**2}
    return weight * divisors[target] / divisors[source]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "convert_weight-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["nbval-check-output"]
nst.check.convert_weight(convert_weight)
### BEGIN HIDDEN TESTS
assert nst.check.convert_weight(convert_weight).passed
### END HIDDEN TESTS

# %% [markdown]
# ## In this lesson you have seen
#
# - The content loss asks *what is where*, the style loss *how it is made*, layer zero *in which colors and with which
#   grain*, total variation *whether it is smooth*. Each is blind to what the others see, and the default painting makes
#   their weighted sum small.
# - A weight belongs to a convention, a network and a size. It can be converted exactly, and then the gradients are
#   equal; copied as a bare number it means something else.
# - Channel order, mean, clipping, height and width: each mistake has a face. A mistake made on both sides hides, and
#   a low loss proves nothing.
#
# ## Further reading
#
# - L. A. Gatys, A. S. Ecker, M. Bethge, "Image Style Transfer Using Convolutional Neural Networks", CVPR 2016, pages
#   2414-2423. [doi:10.1109/CVPR.2016.265](https://doi.org/10.1109/CVPR.2016.265). Both losses, with their constants.
# - L. I. Rudin, S. Osher, E. Fatemi, "Nonlinear Total Variation Based Noise Removal Algorithms", Physica D 60, 1992,
#   pages 259-268. [doi:10.1016/0167-2789(92)90242-F](https://doi.org/10.1016/0167-2789(92)90242-F).
# - D. C. Dowson, B. V. Landau, "The Fréchet Distance between Multivariate Normal Distributions", Journal of
#   Multivariate Analysis 12, 1982, pages 450-455. How far one cloud of points must travel to become another.
# - A. Mahendran, A. Vedaldi, "Understanding Deep Image Representations by Inverting Them", CVPR 2015, pages
#   5188-5196. Total variation beside a loss on features.
# - J. Johnson, A. Alahi, L. Fei-Fei, "Perceptual Losses for Real-Time Style Transfer and Super-Resolution", ECCV
#   2016, pages 694-711. [doi:10.1007/978-3-319-46475-6_43](https://doi.org/10.1007/978-3-319-46475-6_43). The three
#   terms of this lesson, named.
# - K. Simonyan, A. Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", ICLR 2015,
#   [arXiv:1409.1556](https://arxiv.org/abs/1409.1556). VGG, and the mean that it subtracts (section 2.1).
# - The programs of the Rosetta page: J. Johnson, [neural-style](https://github.com/jcjohnson/neural-style), 2015
#   (Torch); the [TensorFlow tutorial](https://www.tensorflow.org/tutorials/generative/style_transfer); F. Chollet,
#   the [Keras example](https://keras.io/examples/generative/neural_style_transfer/), 2016.
