# %% [markdown]
# # Control
#
# **Question:** Can I choose where and what?
#
# **Objectives:** You will be able to
# - paint one object and leave the rest as it is, with a mask that a few clicks make;
# - compute the style of a region, and say what a layer sees beyond its edge;
# - keep the colors of the content, in two ways;
# - mix two styles in any shares, without the trap that lies in the normalization;
# - choose how coarse the strokes are, and where the content counts.
#
# **Prerequisites:** [02 Gram matrices](02_gram_matrices.ipynb), [05 Content or style](05_content_or_style.ipynb).
#
# **Minutes to read:** 30
#
# **Seconds to compute:** measured by the build

# %% tags=["setup"]
# The build fills in this cell.

# %%
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import ndimage

import nst_utils as nst
from nst_utils import metrics, plots
from nst_utils.control.masks import eroded, resampled
from nst_utils.metrics.parts import laplacian_pyramid

# %% [markdown]
# ## The style of a region
#
# So far a style was for the whole picture: its Gram matrix is a mean over *all* positions. Who wants to paint one
# object takes the mean over *its* positions. A **mask** $T$ says which these are: a picture of the same size, white (1)
# for here, black (0) for not here, gray for in part. The **guided Gram matrix** of a region is the weighted mean
#
# $$G_{ij} = \frac{\sum_k T_k F_{ki} F_{kj}}{\sum_k T_k}.$$
#
# Four positions, two channels, and a mask for each half:

# %%
F = np.array([[2, 0], [0, 2], [2, 0], [1, 1]])
left, right = np.array([1, 1, 0, 0]), np.array([0, 0, 1, 1])

# %% [markdown]
# **Guess first:** what are the matrices of the left half and of the right half? And how does the matrix of the whole
# come from these two? All numbers are small.


# %% tags=["nbval-check-output"]
def guided(F, T):
    """The mean of the products of two channels, weighted by a mask."""
    return F.T @ (T[:, None] * F) / T.sum()


for name, T in {"left": left, "right": right, "whole": left + right}.items():
    print(f"{name:5} {guided(F, T).tolist()}")

# %% [markdown]
# The whole is the mean of its regions, each weighted by its area; here both are halves. A mask forgets nothing and
# invents nothing, it only tells regions apart. So the style loss can ask each region $r$ for a style of its own, with
# the Gram matrix $A^r$, and count it by its area $a_r$; here is one layer:
#
# $$\mathcal{L}_\text{style} = \sum_r \lambda_r\, a_r\, \frac{\sum (G^r - A^r)^2}{\sum (A^r)^2}.$$
#
# The $\lambda_r$ are 1 unless you give `shares`. (Gatys and others, 2017, multiply the *features* by a mask whose
# squares add up to 1. Each position then counts by $T^2$; for masks of 0 and 1 it is the same.)
#
# ## An object without drawing
#
# A mask need not be drawn. `nst.select` takes a point (x, y) on the object. From each pixel it sends out a walker who
# goes at random and shuns edges: does it reach the object's point first, or the border of the picture? (A *random walk*
# whose answer is computed, not tried; Grady, 2006.)

# %%
SIZE = 128
flower = nst.picture("flower", size=SIZE)
clicked = nst.select(flower, [(70, 45)])
mask = nst.select(flower, [(70, 45)], away=[(80, 76), (20, 40), (115, 40)])

# %%
row = {"flower": flower, "one point": nst.picture(clicked), "three away from it": nst.picture(mask)}
finding = f"One point finds {clicked.mean():.1%} of the picture; with three away from it {mask.mean():.1%} are left"
plots.picture_row(row, finding)

# %% [markdown]
# Look at the lower edge, where a second flower begins: in the middle picture a piece of it is white. Three points away
# from the object say no: one on the second flower, and two on the leaves, since the border no longer counts once you
# say yourself what is not the object. Always look at a mask before you use it, and add points where it is wrong. Gray
# is allowed: a soft edge.
#
# ## One object
#
# Now paint the flower alone. There are two ways. *Mask in the run*: the style loss looks at the flower, and after each
# step whatever is black in the mask is put back. *Cut out*: paint the whole picture as ever, and lay the flower of the
# painting onto the content.
#
# **Guess first:** same style, same place, same number of steps. Which flower has taken on more of the style, or are
# they alike?

# %%
quick = {"sizes": (64, SIZE), "steps": (40, 30), "progress": False}
whole = nst.stylize(flower, "swirls", **quick).picture
in_the_run = nst.stylize(flower, "swirls", mask=mask, **quick).picture
cut_out = np.where(mask[..., None] == 0, flower, mask[..., None] * whole + (1 - mask[..., None]) * flower)

# %% [markdown]
# The measures of the other lessons see whole pictures. For a region, take all patches of 7 x 7 pixels that lie in it,
# 147 numbers each, look at them along 147 directions, and compare with the patches of the style: the mean distance of
# equal quantiles, as in `metrics.patch_distance`.

# %%
directions = np.linalg.qr(np.random.default_rng(0).standard_normal((147, 147)))[0]


def quantiles(picture, here):
    """Of the patches that lie in a region, along all directions."""
    inside = ndimage.minimum_filter(here, 7)[3:-3, 3:-3] > 0.5
    patches = sliding_window_view(picture, (7, 7), axis=(0, 1))[inside].reshape(-1, 147)
    return np.quantile(patches @ directions, np.linspace(0.01, 0.99, 99), axis=0)


def apart(picture, here, style):
    """How far the patches of a region are from those of a style."""
    return np.mean(np.abs(quantiles(picture, here) - quantiles(style, np.ones(style.shape[:2]))))


# %%
swirls = nst.picture("swirls", size=SIZE)
inside, outside = mask == 1, mask == 0
before = apart(flower, mask, swirls)
gained = {}
for name, picture in {"cut out": cut_out, "mask in the run": in_the_run}.items():
    gained[name] = 1 - apart(picture, mask, swirls) / before
    colors = metrics.palette_distance(picture[inside][None], swirls)
    same = np.array_equal(picture[outside], flower[outside])
    print(f"{name:15}  style gained {gained[name]:.2f}, colors apart {colors:.2f}, outside as it was: {same}")

# %%
told = ", ".join(f"{value:.2f} {name}" for name, value in gained.items())
plots.picture_row({"whole": whole, "cut out": cut_out, "mask in the run": in_the_run}, f"Style in the flower: {told}")

# %% [markdown]
# Outside both are the content, to the last bit. Inside they differ. Painted as a whole, the picture has room for every
# color of the style *somewhere*: the yellow goes to the flower, which is warm already, and the blue to the leaves. Cut
# out the flower, and you have only the yellow part of a style. With the mask in the run the flower has to hold the
# style by itself, blue strokes and all: it has gained more, and its colors are nearer to those of the style.
#
# ## What a layer sees beyond the edge
#
# A position of a deep layer looks at a large piece of the picture (its receptive field,
# [lesson 01](01_theory.ipynb)). Near the edge of the flower it sees leaves as well. So what stands *around* a region
# leaks into its style. How much? Exchange the surroundings, leave the flower as it is, and see how far the guided Gram
# matrix of the flower moves. If it saw the flower alone, it would not move at all.

# %%
large = nst.picture("flower", size=256)
region = nst.select(large, [(140, 90)], away=[(160, 152), (40, 80), (230, 80)])
around = nst.picture("swirls", size=256)[: len(large)]
exchanged = np.where(region[..., None] > 0, large, around)
finding = f"Exchanged: {np.mean(region == 0):.0%} of the picture, and no pixel of the flower"
plots.picture_row({"leaves": large, "swirls": exchanged}, finding)

# %% [markdown]
# The remedy is to leave out the rim: **erode** the mask by as many positions as the layer can see. What it costs are
# positions to take the mean over; of a small object nothing might be left. The package therefore takes a smaller
# radius where less than a quarter of the region would stay.
#
# **Guess first:** in which layers does the rim matter?

# %%
layers = [f"block{k}_conv1" for k in range(1, 6)]
network = nst.load_backbone("vgg19")
seen = network.features(layers)(np.stack([large, exchanged]))


def leak(F, other, T):
    """How far the region's Gram matrix moves when only its surroundings change, as a share of its energy."""
    G, H = (np.einsum("hw,hwi,hwj->ij", T, maps, maps) / T.sum() for maps in (F, other))
    return np.sum((G - H) ** 2) / np.sum(G**2)


# %%
leaks, stays = {"mask": [], "eroded mask": []}, []
for name in layers:
    F, other = seen[name].numpy()
    T = resampled(region, F.shape[:2])
    inner = eroded(T, int(network.reaches[name] * len(F) / len(large)))
    leaks["mask"].append(leak(F, other, T))
    leaks["eroded mask"].append(leak(F, other, inner))
    stays.append(inner.sum() / T.sum())
    print(f"{name} sees {network.reaches[name]:4.1f} pixels to each side; {stays[-1]:.0%} of the region stays")

# %%
block3, block5 = ((leaks["mask"][k], leaks["eroded mask"][k]) for k in (2, 4))
finding = "Leak with and without the rim: {:.3f} and {:.3f} in block 3, {:.3f} and {:.3f} in block 5".format(
    *block3, *block5
)
plots.lines(layers, leaks, "layer", "leak", finding)

# %% [markdown]
# In the first layers a rim is a pixel or a few, and hardly matters. The deeper the layer, the more leaks in; without
# the rim next to nothing does, as long as enough of the region is left. A position of `block5_conv1` sees farther than
# the flower is wide, so nothing would be left of it. There the package takes a smaller radius, and a part of the leak
# stays: an object should be large, or you should not expect it to hold the largest shapes of a style.
#
# ## Two styles, two places
#
# Several styles take a mask each. Black outside of one is white in the other: flower and ground.
#
# **Guess first:** the flower is made of warm, small petals. Mandala in the flower and swirls around it, or the other
# way round: in which of the two does each region come near to its style?

# %%
mandala = nst.picture("mandala", size=SIZE)
regions = [mask, 1 - mask]
mandala_inside = nst.stylize(flower, ["mandala", "swirls"], mask=regions, **quick).picture
swirls_inside = nst.stylize(flower, ["swirls", "mandala"], mask=regions, **quick).picture

# %%
painted = {"mandala in swirls": mandala_inside, "swirls in mandala": swirls_inside}
print("patches apart from         mandala  swirls")
to_swirls = {}
for name, picture in {"content": flower, **painted}.items():
    for place, here in zip(("flower", "ground"), regions, strict=True):
        to_mandala, to_swirls[name, place] = (apart(picture, here, style) for style in (mandala, swirls))
        print(f"{name:17}, {place} {to_mandala:8.3f} {to_swirls[name, place]:7.3f}")

# %%
flowers, grounds = ([to_swirls[name, place] for name in painted] for place in ("flower", "ground"))
told = "flower {:.3f} and {:.3f}, ground {:.3f} and {:.3f}".format(*flowers, *grounds)
plots.picture_row({"mandala": mandala, "swirls": swirls, **painted}, f"Distance to the swirls: {told}")

# %% [markdown]
# Compare the paintings, line by line. When the masks are exchanged, the flower comes nearer to the swirls and goes away
# from the mandala; the ground does the reverse. But the flower stays nearer to the mandala either way. The first line
# says why: it is so before a stroke is painted, and the content loss holds on to it. How much the style of each region
# counts is a keyword, as `shares=[4, 1]`.
#
# ## In which colors
#
# Colors belong to a style: paint with the swirls, and the harbor turns blue. If you want the strokes and not the blue,
# there are two ways. The first changes the *style* before the run: each of its pixels $x$ becomes
#
# $$A\,(x - m_S) + m_C, \qquad A\, \Sigma_S\, A^\top = \Sigma_C,$$
#
# so that mean $m$ and covariance $\Sigma$ of its colors are those of the content. Many matrices $A$ keep this promise.
# Three have names: `content`, the product of two symmetric roots $\Sigma_C^{1/2} \Sigma_S^{-1/2}$; `cholesky`, from
# triangular factors; and `monge`, of all the one that moves colors least.
#
# **Guess first:** if all three give the same mean and the same covariance, can the pictures differ?

# %%
harbor = nst.picture("harbor", size=SIZE)
glass = nst.picture("stained_glass", size=SIZE)
recolored = {}
for how in ("content", "cholesky", "monge"):
    A, shift = nst.color_map(glass, harbor, how)
    moved = glass @ A.T + shift
    gap = np.abs(np.cov(moved.reshape(-1, 3).T) - np.cov(harbor.reshape(-1, 3).T)).max()
    walk = np.sqrt(np.mean(np.sum((moved - glass) ** 2, axis=-1)))
    beyond = np.mean((moved < 0) | (moved > 1))
    recolored[f"{how}: moved {walk:.3f}"] = np.clip(moved, 0, 1)
    print(f"{how:8}  covariance apart {gap:.0e}, colors moved by {walk:.3f}, {beyond:.1%} of the values beyond 0 and 1")

# %%
away = metrics.palette_distance(glass, harbor)
near = metrics.palette_distance(next(iter(recolored.values())), harbor)
finding = f"Distance to the colors of the harbor: {away:.2f} before, {near:.2f} after the first map"
plots.picture_row({"harbor": harbor, "stained glass": glass, **recolored}, finding)

# %% [markdown]
# They can, though here they hardly do: a mean and a covariance are nine numbers, and a cloud of colors has more to it.
# Which color becomes which is up to the map. All three keep the promise but for rounding; then what a map has pushed
# beyond black or white is clipped, which changes the moments a little.
#
# The second way changes the *painting*: only its **luminance** (brightness) is painted, and each pixel takes the colors
# of the content at its place.
#
# **Guess first:** which of the two ways will be nearer to the content's colors? In which of them does a yellow house
# stay yellow?

# %%
colored = {how: nst.stylize(harbor, "swirls", colors=how, **quick).picture for how in ("style", "content", "luminance")}


def redder(picture):
    """How much more red than blue each pixel has."""
    return (picture[..., 0] - picture[..., 2]).ravel()


for how, picture in colored.items():
    to_harbor, to_swirls = (metrics.palette_distance(picture, other) for other in (harbor, swirls))
    in_place = np.corrcoef(redder(picture), redder(harbor))[0, 1]
    print(f"{how:9}  colors apart from harbor {to_harbor:.3f}, swirls {to_swirls:.3f}; in place {in_place:.2f}")

# %%
near = {how: metrics.palette_distance(picture, harbor) for how, picture in colored.items()}
told = ", ".join(f"{distance:.2f} ({how})" for how, distance in near.items())
plots.picture_row({"harbor": harbor, **colored}, f"Distance to the colors of the harbor: {told}")

# %% [markdown]
# Both bring the palette to that of the harbor. But a palette says *how much* of each color there is, not where: the
# last column of the table is the correlation of "more red than blue" with the content, place by place. A recolored
# style puts its colors where its strokes want them. With luminance they cannot move, and an orange stroke on a blue sky
# cannot be: the painting is a drawing under the old colors.
#
# ## How much of which style
#
# Two styles, no masks: `shares` says how much of each. What is the target? Think of a wall on which both hang, one on
# three quarters of it, one on a quarter. Its Gram matrix is a mean over all positions of the wall, so
#
# $$A = s_1 A_1 + s_2 A_2, \qquad s_1 + s_2 = 1.$$
#
# One target, one loss. **Guess first:** five paintings, from swirls alone to honeycomb alone. Is the half way there at
# equal shares?

# %%
pair = ["swirls", "honeycomb"]
blends = {0.0: colored["style"], 1.0: nst.stylize(harbor, "honeycomb", **quick).picture}
for share in (0.25, 0.5, 0.75):
    blends[share] = nst.stylize(harbor, pair, shares=[1 - share, share], **quick).picture
blends = dict(sorted(blends.items()))

# %%
honeycomb = nst.picture("honeycomb", size=SIZE)
gaps = {
    name: [metrics.style_gap_closed(picture, harbor, style) for picture in blends.values()]
    for name, style in zip(pair, (swirls, honeycomb), strict=True)
}
print("swirls fall at every step:  ", bool(np.all(np.diff(gaps["swirls"]) < 0)))
print("honeycomb rises at every step:", bool(np.all(np.diff(gaps["honeycomb"]) > 0)))

# %%
finding = f"Half of each: {gaps['swirls'][2]:.2f} of the way to the swirls, {gaps['honeycomb'][2]:.2f} to the honeycomb"
plots.picture_row({f"{share:.0%} honeycomb": picture for share, picture in blends.items()}, finding)

# %%
ends = "Swirls gained fall from {0:.2f} to {1:.2f}, honeycomb rises from {2:.2f} to {3:.2f}"
finding = ends.format(*(gaps[name][k] for name in pair for k in (0, -1)))
plots.lines(list(blends), gaps, "share of the honeycomb", "style gap closed", finding)

# %% [markdown]
# (That a painting in one style has also gained some of the other is no mistake: both are darker and rougher than the
# harbor.) Look at the middle: cells and swirls stand side by side, as on the wall. A mean of Gram matrices does not
# invent a style between the two; it asks for strokes of both.
#
# ### The trap
#
# Would it not be the same to add two losses, one for each style, with weights $s_1$ and $s_2$? Each loss is divided by
# the energy of its own target, $E = \sum A_{ij}^2$. The sum $s_1 |G - A_1|^2 / E_1 + s_2 |G - A_2|^2 / E_2$ is the
# smallest where
#
# $$G = \frac{s_1 / E_1 \cdot A_1 + s_2 / E_2 \cdot A_2}{s_1 / E_1 + s_2 / E_2}.$$
#
# **Guess first:** you ask for one half of each. Which style gets more than its half: the one to which a layer answers
# loudly, or the quiet one?

# %%
look = network.features(layers)
maps = [look(style[None]) for style in (swirls, honeycomb)]
for name in layers:
    A, B = (nst.gram_matrix(of_style[name]).numpy() for of_style in maps)
    a, b, mixed = (np.sum(gram**2) for gram in (A, B, (A + B) / 2))
    asked = b / (a + b)  # of the swirls: one over a, as a share of one over a plus one over b
    print(f"{name}  energy swirls : honeycomb {a / b:.2f}, two losses ask for {asked:.0%} swirls;", end=" ")
    print(f"mixture {2 * mixed / (a + b):.2f} of the mean energy")

# %% [markdown]
# The quiet one: where its energy is the smaller, it is divided by less, and so it pulls more. And each layer asks for
# another mixture. Nobody wrote these weights; they came in with the normalization, as those of the Rosetta page did in
# [lesson 03](03_content_and_style_loss.ipynb). So mix first, and divide once, by the energy of the mixture. (The last
# number is below 1: a mixture is quieter than its parts, as no channel answers on the whole wall.) You will write it
# below.
#
# ### Any share
#
# The five paintings from above, on a slider. **Compute this point** paints the others.
#
# **Guess first:** where in the picture do the swirls hold out longest?

# %%
nst.widgets.style_blend(harbor, pair, blends, size=SIZE, sizes=(64, SIZE), steps=(40, 30), learning_rate=0.02)

# %% [markdown]
# Look at the lower left at 75 %: the boat and the water around it, the darkest part of the harbor, are still blue. The
# content asks for darkness there, and dark blue is what the swirls have for it. So the content has a say in *where*
# each of the two is used; the shares say only how much. (Where no kernel runs, as on GitHub, this is a picture; open
# the lesson on Colab or with `make lab` to slide.)
#
# ## How coarse
#
# A stroke is as long as it is in pixels of the style ([lesson 08](08_resolution.ipynb)). `style_scale=2` shows the
# style at twice the size.
#
# **Guess first:** how large must a cell of the honeycomb be, so that a house fits in?

# %%
coarse = {1: blends[1.0]}
for scale in (0.5, 2, 4):
    coarse[scale] = nst.stylize(harbor, "honeycomb", style_scale=scale, **quick).picture
coarse = dict(sorted(coarse.items()))


def level_shares(picture):
    """The share of the picture's variance that each level of its pyramid holds, from fine to coarse."""
    variances = np.array([np.mean((level - level.mean(axis=(0, 1))) ** 2) for level in laplacian_pyramid(picture)])
    return variances / variances.sum()


print("style scale  finest  second   third  the rest")
for scale, picture in coarse.items():
    print(f"{scale:11}" + "".join(f"{share:8.2f}" for share in level_shares(picture)))

# %%
finest = {scale: level_shares(picture)[0] for scale, picture in coarse.items()}
finding = f"The finest level holds {finest[0.5]:.0%} of the picture at half the scale, {finest[4]:.0%} at four times"
plots.picture_row({f"style scale {scale}": picture for scale, picture in coarse.items()}, finding)

# %% [markdown]
# What moves from the finest level to the coarse ones are the walls of the cells. At half the scale they are a grain, at
# twice the scale a house stands in a cell, at four times hardly more than a curve of the style is left.
#
# You may want large cells *and* the grain of another style. Then paint one style onto the other first, with the two
# earliest layers alone, which see no more than a few pixels: `nst.stylize("honeycomb", "pointillism",
# style_layers=["block1_conv1", "block2_conv1"])` gives a picture that is a style like any other.
#
# ## Where the content counts
#
# One more thing can have a place: the content loss. Its **map** multiplies the squared differences, position by
# position. White asks for the content in full, black for nothing. Here the face of the portrait, as a soft ellipse: a
# map, like a mask, may be any array.

# %%
portrait = nst.picture("portrait", size=SIZE)
height, width = portrait.shape[:2]
y, x = np.mgrid[:height, :width]
face = np.clip(1.6 - 1.2 * np.hypot((x / width - 0.42) / 0.17, (y / height - 0.47) / 0.19), 0, 1)

# %% [markdown]
# **Guess first:** ten times the content weight, everywhere or in the face alone. Which painting keeps more of the face?
# Which has more of the style?

# %%
wishes = {
    "as usual": {},
    "ten times": {"content_weight": 0.4},
    "ten times, in the face": {"content_weight": 0.4, "content_map": face},
}
portraits = {name: nst.stylize(portrait, "swirls", **wish, **quick).picture for name, wish in wishes.items()}

# %%
places = {"face": np.s_[42:80, 25:57], "coat": np.s_[96:, :]}
kept = {}
for name, picture in portraits.items():
    kept[name] = [metrics.edge_correlation(picture[here], portrait[here]) for here in places.values()]
    gain = metrics.style_gap_closed(picture, portrait, swirls)
    print(f"{name:22}  edges kept in the face {kept[name][0]:.2f}, in the coat {kept[name][1]:.2f}; style {gain:.2f}")

# %%
told = "; ".join("{:.2f} and {:.2f}".format(*edges) for edges in kept.values())
plots.picture_row({"map": nst.picture(face), **portraits}, f"Edges kept in the face and in the coat: {told}")

# %% [markdown]
# As usual the strokes go through the face as through everything else. Ten times the weight brings the face back, and
# the coat and the dull background with it. With the map the face comes back alone, and around it the style does what it
# likes. A face is where we notice every stroke out of place; so this is the most useful map there is.
#
# ## One for the wall
#
# All of it together, at 256 pixels: stained glass for the coat, swirls for the rest, and a face. Three points on the
# coat and five away from it make a mask. Look at it, and paint over it where you want it otherwise: the brush is yours,
# and the next cell takes what is painted here.

# %%
large = nst.picture("portrait", size=256)
not_coat = [(90, 130), (90, 50), (20, 130), (170, 130), (165, 195)]
coat = nst.select(large, [(30, 235), (150, 240), (85, 235)], away=not_coat)
painter = nst.widgets.mask_painter(large, coat)
painter

# %% [markdown]
# **Guess first:** where in the painting will the face end, and where the glass?

# %%
there = painter.mask
where = {"mask": [there, 1 - there], "content_map": np.maximum(face, 0.1), "content_weight": 0.4}
wall = nst.stylize(large, ["stained_glass", "swirls"], size=256, steps=250, **where, progress=False).picture
rows = slice(84, 160), slice(50, 114)
finding = f"Edges kept: {metrics.edge_correlation(wall[rows], large[rows]):.2f} in the face, "
finding += f"{metrics.edge_correlation(wall[-48:], large[-48:]):.2f} at the lower edge"
plots.picture_row({"portrait": large, "painting": wall}, finding)

# %% [markdown]
# Panes of glass fill the coat and end where it ends; swirls run behind the head; the face looks at you. Make it your
# own: other styles, `colors="luminance"`, `style_scale=2`, or one mask alone, with the rest as it is. All of these
# combine.
#
# ## Exercises
#
# Four, each with a check. `nst.hint("guided_gram", 1)` helps, in three steps; the
# [solutions](solutions/09_control.ipynb) are one link away.
#
# ### The style of a region
#
# As above, now for a batch of pictures and with TensorFlow, so that a gradient can flow.

# %%
import tensorflow as tf


# %% nbgrader={"grade": false, "grade_id": "guided_gram", "locked": false, "schema_version": 3, "solution": true, "task": false}
def guided_gram(features, mask):
    """The Gram matrix of a region, for each picture of a batch: the mean over the positions, weighted by the mask.

    ``features`` is a tensor (n, h, w, N), ``mask`` a tensor (h, w) with numbers T from 0 to 1, the same for all
    pictures. Return a tensor (n, N, N): the sum over all positions k of T_k F_ki F_kj, divided by the sum of all T_k.

    >>> features = tf.constant([[[[1.0, 2.0], [3.0, 0.0], [2.0, 2.0]]]])
    >>> guided_gram(features, tf.constant([[1.0, 1.0, 0.0]])).numpy().tolist()
    [[[5.0, 1.0], [1.0, 2.0]]]
    """
    ### BEGIN SOLUTION
    weighted = features * mask[None, :, :, None]
    return tf.einsum("nhwi,nhwj->nij", weighted, features) / tf.reduce_sum(mask)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "guided_gram-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["nbval-check-output"]
nst.check.guided_gram(guided_gram)
### BEGIN HIDDEN TESTS
assert nst.check.guided_gram(guided_gram).passed
### END HIDDEN TESTS

# %% [markdown]
# ### A mask without its rim
#
# The package stops at a quarter of the region; yours need not.


# %% nbgrader={"grade": false, "grade_id": "eroded_mask", "locked": false, "schema_version": 3, "solution": true, "task": false}
def eroded_mask(mask, radius):
    """The mask without what is nearer than a layer's reach to its edge.

    ``mask`` is an array (h, w) with numbers from 0 to 1. A position sees the square of 2 radius + 1 positions a side
    around itself, as far as it lies in the picture; its new value is the smallest that it sees. The border of the
    picture is no edge of the region. Return an array (h, w).

    >>> np.asarray(eroded_mask(np.array([[1, 1, 1, 1, 0]]), 1)).tolist()
    [[1, 1, 1, 0, 0]]
    """
    ### BEGIN SOLUTION
    return ndimage.minimum_filter(mask, size=2 * radius + 1, mode="nearest")
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "eroded_mask-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["nbval-check-output"]
nst.check.eroded_mask(eroded_mask)
### BEGIN HIDDEN TESTS
assert nst.check.eroded_mask(eroded_mask).passed
### END HIDDEN TESTS

# %% [markdown]
# ### A style in other colors
#
# The map with the two symmetric roots. With the eigenvalues $\lambda$ of a covariance and its eigenvectors, the columns
# of $V$, its symmetric power $p$ is $V\, \mathrm{diag}(\lambda^p)\, V^\top$; `np.linalg.eigh` finds both. (If the
# content is your style with all contrasts doubled, $A$ is twice the identity. Try it.)


# %% nbgrader={"grade": false, "grade_id": "color_map", "locked": false, "schema_version": 3, "solution": true, "task": false}
def color_map(style, content):
    """The style with the colors of the content: each pixel x becomes A (x - style mean) + content mean.

    ``style`` and ``content`` are arrays (h, w, 3) of two shapes. A is C^(1/2) S^(-1/2), the symmetric roots of the
    covariances of their pixels. Return an array with the style's shape. Nothing is clipped.
    """

    ### BEGIN SOLUTION
    def power(picture, p):
        values, vectors = np.linalg.eigh(np.cov(picture.reshape(-1, 3).T))
        return vectors @ np.diag(values**p) @ vectors.T

    style_mean, content_mean = (np.mean(picture, axis=(0, 1)) for picture in (style, content))
    return (style - style_mean) @ (power(content, 0.5) @ power(style, -0.5)).T + content_mean
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "color_map-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false} tags=["nbval-check-output"]
nst.check.color_map(color_map)
### BEGIN HIDDEN TESTS
assert nst.check.color_map(color_map).passed
### END HIDDEN TESTS

# %% [markdown]
# ### The target of a mixture
#
# Mind the trap: which of the energies belongs into it?


# %% nbgrader={"grade": false, "grade_id": "blend_target", "locked": false, "schema_version": 3, "solution": true, "task": false}
def blend_target(grams, shares):
    """The Gram matrix of a wall on which several styles hang, each on its share of the wall.

    ``grams`` is an array (s, N, N), a Gram matrix for each style. ``shares`` is a list of s numbers in any unit: [3, 1]
    means three quarters and one quarter. Return an array (N, N), from which the loss will be measured, and by whose
    energy it will be divided later.

    >>> grams = np.array([[[4, 0], [0, 0]], [[0, 0], [0, 8]]])
    >>> np.asarray(blend_target(grams, [3, 1])).tolist()
    [[3.0, 0.0], [0.0, 2.0]]
    """
    ### BEGIN SOLUTION
    return np.average(grams, axis=0, weights=shares)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "blend_target-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["nbval-check-output"]
nst.check.blend_target(blend_target)
### BEGIN HIDDEN TESTS
assert nst.check.blend_target(blend_target).passed
### END HIDDEN TESTS

# %% [markdown]
# ## In this lesson you have seen
#
# - A mask makes a Gram matrix the mean over a region. With the mask in the run an object holds a style by itself, the
#   rest stays as it is; a layer sees beyond the edge, and an eroded mask keeps most of that out.
# - Colors are kept by a linear map of the style's colors, or by painting brightness alone. Two styles are mixed as
#   Gram matrices first and normalized afterwards; two separate losses ask for other shares than you do.
# - The style's scale decides how coarse the strokes are, and a map of the content where a picture has to stay true.
#
# ## Further reading
#
# - L. A. Gatys, A. S. Ecker, M. Bethge, A. Hertzmann, E. Shechtman, "Controlling Perceptual Factors in Neural Style
#   Transfer", CVPR 2017, pages 3985-3993. [arXiv:1611.07865](https://arxiv.org/abs/1611.07865). Where, in which colors
#   and how coarse: most of this lesson.
# - A. J. Champandard, "Semantic Style Transfer and Turning Two-Bit Doodles into Fine Artworks", 2016.
#   [arXiv:1603.01768](https://arxiv.org/abs/1603.01768). Masks as further channels of a layer, which tell patches what
#   they stand for.
# - L. A. Gatys, M. Bethge, A. Hertzmann, E. Shechtman, "Preserving Color in Neural Artistic Style Transfer", 2016.
#   [arXiv:1606.05897](https://arxiv.org/abs/1606.05897). The maps of colors, and luminance alone.
# - E. Reinhard, M. Ashikhmin, B. Gooch, P. Shirley, "Color Transfer between Images", IEEE Computer Graphics and
#   Applications 21(5), 2001, pages 34-41. Mean and spread of each channel, by which it began.
# - I. Olkin, F. Pukelsheim, "The Distance between Two Random Vectors with Given Dispersion Matrices", Linear Algebra
#   and its Applications 48, 1982, pages 257-263. The map that moves least.
# - L. Grady, "Random Walks for Image Segmentation", IEEE Transactions on Pattern Analysis and Machine Intelligence
#   28(11), 2006, pages 1768-1783. An object from a few points.
