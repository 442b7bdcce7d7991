# %% [markdown]
# # Theory: inside a network
#
# **Question:** What does a network see?
#
# **Objectives:** You will be able to
# - compute a convolution, a rectification and a pooling by hand;
# - read the channels of a layer: which one looks for edges, which one for a color;
# - compute how many pixels one position sees, and measure it;
# - rebuild a picture from a single layer, and say in numbers what that layer has forgotten.
#
# **Prerequisites:** [00 Welcome](00_welcome.ipynb).
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

network = nst.load_backbone("vgg19")

# %% [markdown]
# ## Numbers in, numbers out
#
# You see a cup. The computer has a table of numbers: height, width, three colors. No number in it says "cup", and no
# number says "edge". Such things lie *between* pixels: bright here *and* dark beside it. A network looks for them in
# many small steps, called **layers**. Each layer takes a table of numbers and gives another one, and nearly all of
# them are of one kind: **convolutions**. You compute one now.
#
# ## One filter, by hand
#
# A picture with 4 rows and 8 columns, one color. A bright bar stands in the middle.

# %%
bar = np.zeros((4, 8), int)
bar[:, 2:6] = 4
kernel = np.array([[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]])

# %% [markdown]
# A **kernel** is a small table of weights, here 3 x 3. Lay it on the picture, multiply what lies on top of each
# other, add the nine products, and write the sum down at the place of the middle. Then move on by one pixel. This
# kernel takes what is on the right minus what is on the left. Outside the picture all is 0.
#
# **Guess first:** where is the sum 0? Is it the same at both sides of the bar?


# %% tags=["nbval-check-output"]
def slide(picture, kernel):
    """The kernel's sum at each place."""
    h, w = picture.shape
    outside = np.pad(picture, 1)  # one row or column of zeros on each side
    return sum(kernel[i, j] * outside[i : i + h, j : j + w] for i in range(3) for j in range(3))


found = slide(bar, kernel)
print(found)

# %% [markdown]
# The sum is 0 where nothing changes from left to right: outside the bar *and* inside it. It is positive where the bar
# begins and negative where it ends. In the first and last row it is smaller, 8 instead of 12: a third of the kernel
# lies outside.
#
# Two more steps are usual. A **rectification** (ReLU) replaces negative numbers by 0, so that a channel says "how
# much of it is here", and nothing else. A **pooling** replaces each 2 x 2 square by its mean, so that the next layer
# has fewer places to look at, and each of them stands for more of the picture.

# %%
rectified = np.maximum(found, 0)
pooled = rectified.reshape(2, 2, 4, 2).mean(axis=(1, 3))
steps = {"picture": bar, "convolved": found, "rectified": rectified, "pooled": pooled}
plots.number_grids(steps, "What is left of the bar: it begins on the left side")

# %% [markdown]
# This channel has become a detector of "dark left, bright right". The end of the bar is lost on it. Another channel,
# with the kernel turned around, finds that one. This is why a layer has many channels.
#
# In a network the layer below has several channels as well (the picture has three: its colors), so the kernel has
# weights for each of them. With $x_{kc}$ for channel $c$ of the layer below at place $k$, $d$ for the nine steps from
# the middle of the kernel, weights $W$ and a threshold $b_i$, channel $i$ of the next layer is
#
# $$F_{ki} = \max\Big(0,\; b_i + \sum_{d} \sum_{c} W_{dci}\, x_{k+d,\,c} \Big).$$
#
# TensorFlow does that for all channels at once, and for a whole *batch* of pictures: it wants an array of shape
# (pictures, height, width, channels), and a kernel of shape (3, 3, channels in, channels out). Each `None` below adds
# an axis of length 1, for we have one of everything. It finds the same numbers:

# %% tags=["nbval-check-output"]
import tensorflow as tf

by_tensorflow = tf.nn.conv2d(bar[None, :, :, None].astype("float32"), kernel[:, :, None, None], 1, "SAME")
print("equal:", np.array_equal(by_tensorflow[0, :, :, 0], found))

# %% [markdown]
# ## What goes in
#
# Pictures of this course hold red, green, blue, each from 0 to 1. VGG19 was trained on pictures in another form:
# blue, green, red, each from 0 to 255, minus the mean of all training pictures (103.939, 116.779 and 123.68). A
# network knows its training pictures only, so we must speak its language: this **preprocessing** is the first step of
# every look.
#
# **Guess first:** orange is (1, 0.5, 0). Which of its three numbers become negative?


# %% tags=["nbval-check-output"]
def preprocessed(picture):
    """Red, green, blue in [0, 1] as the network wants them."""
    return 255 * picture[..., ::-1] - [103.939, 116.779, 123.68]


orange = np.array([1, 0.5, 0])
print(orange, "->", preprocessed(orange).round(3))

# %% [markdown]
# Only the first, blue: orange has none of it. A color is now told by how it differs from the mean of photographs, a
# brownish gray.
#
# You will look into a network with `features`. Give it the names of layers, and it makes a function; give that a batch
# of pictures, and it returns what each layer finds in them, by name. It prepares the pictures by itself. To be sure,
# compare it with the bare network behind it, on a picture prepared by hand:

# %% tags=["nbval-check-output"]
coffee = nst.picture("coffee", size=160)
by_hand = network.model(preprocessed(coffee)[None].astype("float32"))
by_features = network.features("block5_pool")(coffee[None])["block5_pool"]
print("equal:", np.allclose(by_hand, by_features, rtol=1e-3, atol=1e-3))

# %% [markdown]
# ## Down the network
#
# VGG19 has five **blocks**. Each consists of two or four convolutions, 3 x 3 all of them, and ends in a pooling. We
# look into five depths, the second convolution of each block.
#
# **Guess first:** each pooling halves height and width, and the channels double for a while. Which of the five layers
# holds the most numbers? Is there one that holds fewer than the picture itself?

# %% tags=["nbval-check-output"]
depths = ["block1_conv2", "block2_conv2", "block3_conv2", "block4_conv2", "block5_conv2"]
layers = network.features(depths)(coffee[None])
print(f"picture       {coffee.shape[0]:3} x {coffee.shape[1]:3} positions x   3 colors   = {coffee.size:6} numbers")
for name, F in layers.items():
    _, h, w, N = F.shape
    print(f"{name}  {h:3} x {w:3} positions x {N:3} channels = {h * w * N:6} numbers ({h * w * N / coffee.size:.1f} x)")

# %% [markdown]
# The first layers hold several times as many numbers as the picture: they have room for all of it. Look for the
# factors below 1. Whatever these layers keep, they must throw something away. What? That is the question of this
# lesson.
#
# ## What a channel likes
#
# A channel is a map of where something was found. Of what? Ask it: show it simple pictures, and see to which one it
# answers. Six questions: stripes of three directions, three plain colors.

# %%
y, x = np.mgrid[0:64, 0:64]
stripes = {"upright": x // 4 % 2, "level": y // 4 % 2, "slanted": (x + y) // 4 % 2}
questions = {name: np.stack([mask] * 3, axis=-1).astype(np.float32) for name, mask in stripes.items()}
for k, name in enumerate(["red", "green", "blue"]):
    questions[name] = np.full((64, 64, 3), 0.1, np.float32)
    questions[name][..., k] = 0.9
plots.picture_row(questions, "Six questions to every channel")

# %% [markdown]
# For each question we take the channel of block 1 that prefers it most: this picture has the largest share in its
# answers to all six.

# %%
look = network.features("block1_conv2")
answers = look(np.stack(list(questions.values())))["block1_conv2"][:, 8:-8, 8:-8].numpy().mean(axis=(1, 2))
share = answers / (answers.sum(axis=0) + 1e-6)  # questions x channels
chosen = {name: int(share[i].argmax()) for i, name in enumerate(questions)}
for name, of_all in zip(questions, share.max(axis=1), strict=True):
    print(f"channel {chosen[name]:3} gives {of_all:4.0%} of its answers to {name}")

# %% [markdown]
# A channel without any preference would give 17 % to each. **Guess first:** where in a picture of a cup will
# "upright", "level", "slanted" and "red" fire?

# %%
F = look(coffee[None])["block1_conv2"][0].numpy()
shown = {f"{name} ({chosen[name]})": F[..., chosen[name]] for name in ("upright", "level", "slanted", "red")}
plots.channel_maps({"picture": coffee, **shown}, "Four channels of block 1, each with an interest of its own")

# %% [markdown]
# Follow the rim of the cup. "Upright" is brightest on its left and right side, "level" at the front, "slanted" in
# between. "Red" fills the saucer: it finds a *surface*. (The wood is reddish as well, and a channel seldom has one
# interest alone, as the shares above say.) None of them was told what an edge is. This network has learned to show what
# the original VGG19 shows, and that one was only asked for the name of the thing in a picture.
#
# Now go down. From each of the five depths, the channel that varies most. (A margin is cut off: where the picture ends,
# the zeros outside look like an edge to the network, and some channels find nothing else.)

# %%
cup, strongest = nst.picture("coffee", size=256), {}
for name, F in network.features(depths)(cup[None]).items():
    margin = F.shape[1] // 10
    inside = F[0, margin:-margin, margin:-margin].numpy()
    channel = int(inside.std(axis=(0, 1)).argmax())
    strongest[f"{name} ({channel})"] = inside[..., channel]
plots.channel_maps(strongest, "The deeper, the coarser: from a drawing to a few spots")

# %% [markdown]
# On the left, the cup is drawn to the pixel. On the right, one number stands for a square of 16 x 16 pixels, and says
# something about a region. How large a region? That can be computed.
#
# Those were a few channels out of many; now look at any of them. The title will say at what share of its positions a
# channel *fires*: where it reaches a tenth of its own maximum.
#
# **Guess first:** keep the *channel* and pull *layer* to the right. Does the channel go on looking for the same thing?
# And which will lose the cup sooner, a single channel or the mean of all?

# %%
nst.widgets.layer_explorer("coffee", layer="block1_conv2", channel=chosen["red"])

# %% [markdown]
# A channel's number means nothing in the next layer: each layer has filters of its own, in no particular order. And the
# mean of all loses the cup *sooner*. In blocks 1 and 2, where nearly every channel answers to some edge, it draws the
# cup better than most of them do. In block 3 it has become a blur, while single channels still draw a rim or a saucer:
# they fire at different places, and on average something fires everywhere. (Where no kernel runs, as on GitHub, you see
# a picture of its first state; open the lesson on Colab or with `make lab` to move the sliders.)
#
# ## How far one position sees
#
# One position of the first layer sees 3 x 3 pixels. One position of the second sees 3 x 3 positions of the first: 5 x
# 5 pixels, since the windows overlap. The square that a position sees is its **receptive field**. Two numbers are
# carried from layer to layer: the side $r$ of the field, and the step $j$, how many pixels lie between neighboring
# positions. Both begin as 1, and a layer with kernels of side $K$ that moves on by $s$ positions at a time changes
# them to
#
# $$r' = r + (K - 1)\, j, \qquad j' = j\, s.$$
#
# A convolution of VGG19 has $K = 3, s = 1$, a pooling has $K = 2, s = 2$. By hand, down to the second block:
#
# | layer | $K$ | $s$ | $r$ | $j$ |
# |---|---|---|---|---|
# | (the picture) | | | 1 | 1 |
# | block1_conv1 | 3 | 1 | 1 + 2 · 1 = 3 | 1 |
# | block1_conv2 | 3 | 1 | 3 + 2 · 1 = 5 | 1 |
# | block1_pool | 2 | 2 | 5 + 1 · 1 = 6 | 2 |
# | block2_conv1 | 3 | 1 | 6 + 2 · 2 = 10 | 2 |
# | block2_conv2 | 3 | 1 | 10 + 2 · 2 = 14 | 2 |
#
# Going on like that gives 32, 84 and 188 for the other three depths. You write the rule as a function below.
#
# ## Measure it: change one pixel
#
# A formula can be wrong, or the network another one than you think. So measure. Take a picture of noise, change a
# single pixel, and count the positions that notice.
#
# **Guess first:** a field of 14 pixels, and a step of 2 between positions. How many positions of block2_conv2 have
# the pixel in their field?

# %%
noise = np.random.default_rng(0).random((1, 256, 256, 3), np.float32)
changed = noise.copy()
changed[0, 128, 128] = 1 - changed[0, 128, 128]
eye = network.features(depths)
before, after = eye(noise), eye(changed)
for name in depths:
    moved = np.any(before[name] != after[name], axis=(0, 3))
    step = network.strides[name]
    print(f"{name}: {moved.any(axis=0).sum():2} x {moved.any(axis=1).sum():2} positions moved, {step:2} pixels apart")

# %% [markdown]
# Fourteen pixels make room for 7 positions at a step of 2. For the last two, 84 / 8 and 188 / 16 are no whole
# numbers: there the pixel is seen by the next smaller or the next larger number of positions, according to where it
# stands.
#
# ## Measure it the other way: the gradient
#
# Now start at the other end. Take the position in the middle of a layer, and ask of *every* pixel how much that
# position would move if the pixel moved a little. That number is the **gradient**. TensorFlow computes it for all
# pixels in one backward pass through the network: it is the tool with which all pictures of this course are painted.
# In the code, a *tape* writes down all that is computed from the pixels it watches; `tape.gradient` goes through it
# backwards.


# %%
def influence(name):
    """How strongly each pixel of the noise moves the middle of a layer, (256, 256)."""
    pixels = tf.constant(noise)
    with tf.GradientTape() as tape:
        tape.watch(pixels)
        F = network.features(name)(pixels)[name]
        middle = tf.reduce_sum(F[0, F.shape[1] // 2, F.shape[2] // 2])
    return np.abs(tape.gradient(middle, pixels)[0]).max(axis=-1)


seen = {name: influence(name) for name in depths}
measured = [int((seen[name] > 0).any(axis=0).sum()) for name in depths]

# %%
formula = [5, 14, 32, 84, 188]
agree = sum(a == b for a, b in zip(measured, formula, strict=True))
plots.receptive_fields(seen, formula, f"Formula and measurement agree to the pixel in {agree} of 5 depths")

# %% [markdown]
# The square is the formula, the color is the measurement. Look inside the squares, too: the scale covers eight powers
# of ten, and the middle is far brighter than the border. How much of the field does the work?

# %%
for name, side in zip(depths, formula, strict=True):
    heard = np.cumsum(seen[name].sum(axis=0)) / seen[name].sum()
    core = np.searchsorted(heard, 0.95) - np.searchsorted(heard, 0.05) + 1
    print(f"{name}: field {side:3} pixels, 90 % of the influence on its middle {core:3} columns ({core / side:.0%})")

# %% [markdown]
# In block 1 all of the field counts, in blocks 4 and 5 only about half of it (Luo and others, 2016, call this the
# *effective* receptive field). A pixel near the middle reaches the position on many ways through the network, one at
# the border on a single one.
#
# ## Rebuild a picture from one layer
#
# Now to what a layer *knows*. Let $p$ be the photograph and $P$ its features in one layer. Forget $p$. Start with
# noise, call it $x$, and change it until its features $F$ in that layer agree with $P$:
#
# $$\mathcal{L}(x) = \alpha\, \frac{\sum_{ki} (F_{ki} - P_{ki})^2}{\sum_{ki} P_{ki}^2} + \gamma\, \mathrm{TV}(x).$$
#
# The first term is the **content loss**, divided by the *energy* of $P$, the sum of its squares: 0 if the layer cannot
# tell $x$ from $p$, and 1 if it sees nothing in $x$. What the layer holds must then come back; what it has lost,
# nothing can bring back, and chance decides. The second term is the **total variation**, the mean difference of
# neighboring pixels: among all pictures that the layer cannot tell apart it prefers a smooth one to a noisy one. With
# $\alpha = 1$ and $\gamma = 0.5$ that is `nst.stylize` with no style at all
# ([its source](../nst_utils/engine/stylize.py)).


# %%
def rebuilt(picture, layer, seed=0, **settings):
    """Begin with noise, end with a picture that one layer takes for ``picture``."""
    terms = {"content_layers": {layer: 1}, "content_weight": 1, "style_weight": 0, "tv_weight": 0.5}
    return nst.stylize(picture, picture, start="noise", seed=seed, **{"size": 160} | terms | settings)


# %% [markdown]
# **Guess first:** from which depth on will the red of the saucer be gone? The grain of the wood? The cup? (The titles
# say how well the edges agree with those of the photograph: 1 is perfect, 0 is not at all.)

# %%
results = {name: rebuilt("coffee", name) for name in depths}
pictures = {name: result.picture for name, result in results.items()}
agreement = {name: metrics.edge_correlation(coffee, pictures[name]) for name in depths}
title = "Blocks 1 and 2: edges agree with the photograph by {block1_conv2:.2f} and {block2_conv2:.2f}"
plots.picture_row({"original": coffee} | {name: pictures[name] for name in depths[:2]}, title.format(**agreement))

# %%
title = "Blocks 3, 4 and 5: edges agree by {block3_conv2:.2f}, {block4_conv2:.2f} and {block5_conv2:.2f}"
plots.picture_row({name: pictures[name] for name in depths[2:]}, title.format(**agreement))

# %% [markdown]
# Go through them from left to right. Block 1 gives back the photograph. In block 2 every edge is where it was, but the
# colors have begun to drift. In block 3 edges waver, and have colored seams that nobody painted. In block 4 the cup and
# the saucer stand as they stood, in other colors, and the grain of the wood is made up. In block 5 there is still
# something round in something round, at its place; but the outlines are bent and broken, and the colors are left to
# chance.
#
# Is this the layer's doing, or did we only stop too early? Ask the layer itself, before and after:

# %%
for name, result in results.items():
    content = result.history["content"]
    print(f"{name}: content loss {content[0]:.2f} for noise, {content[-1]:.3f} for the rebuilt picture")

# %% [markdown]
# To its layer, each of the five is nearly the photograph: of the distance that noise had, less than a tenth is left.
# *You* see a wreck in the last one, block 5 sees a cup of coffee.
#
# ## The layer explorer: another start
#
# What a layer does not hold is decided by chance. So begin with other noise: whatever comes back again is held by the
# layer. This cell is yours to play with: put in another layer (`network.layers` lists them), another picture, another
# seed, and run it again.
#
# **Guess first:** which parts of the picture will be the same for both starts?

# %%
picture, layer, seed = "coffee", "block4_conv2", 1

again = rebuilt(picture, layer, seed)
starts = {"original": again.content, f"{layer}, seed {seed}": again.picture}
if picture == "coffee" and layer in pictures:
    starts[f"{layer}, seed 0"] = pictures[layer]
plots.picture_row(starts, "What comes back from other noise is what the layer holds")

# %% [markdown]
# Compare the two starts piece by piece. The cup, the handle and the spoon come back at their place and in their shape;
# the strokes on the wood, the colored seams and the tints of the saucer are other ones. Where the two agree, block 4
# knows; where they differ, anything would have done.
#
# ## What each depth forgets, in numbers
#
# Four measures, none of which uses a network ([their source](../nst_utils/metrics/painting.py)): **edges**, the
# correlation of edge strengths; **structure** (SSIM), the agreement of brightness and contrast in small windows;
# **palette distance**, how far apart the colors are, wherever they stand; and **fine detail**, the strength of the
# highest frequencies, relative to the photograph's own. The dashed line is the photograph itself.
#
# **Guess first:** what goes first? What holds longest, and where does it break?

# %%
own_detail = metrics.high_frequency_energy(coffee)
measures = {
    "edges": [metrics.edge_correlation(coffee, pictures[name]) for name in depths],
    "structure": [metrics.structural_similarity(coffee, pictures[name]) for name in depths],
    "palette distance": [metrics.palette_distance(coffee, pictures[name]) for name in depths],
    "fine detail": [metrics.high_frequency_energy(pictures[name]) / own_detail for name in depths],
}
goals = {"edges": 1, "structure": 1, "palette distance": 0, "fine detail": 1}
edges, colors = measures["edges"], measures["palette distance"]
title = f"Down to block 5 edges fall to {edges[-1]:.2f}, and the palette moves away by {colors[-1]:.2f}"
plots.line_panels(range(1, 6), measures, "block", title, goals)

# %% [markdown]
# Colors go first: in block 2 the edges are almost perfect and the palette has moved. Edges hold longer, and then break:
# look at the steps from block 2 to block 5. And fine detail does *not* follow them down: it stays near the photograph's
# own. The deep layers fill every surface with strokes of their own invention: not detail is lost, but *this* detail.
#
# Here is the bargain of style transfer. A painting must agree with the photograph in layers that still know the
# outlines and no longer insist on colors and texture, for these shall come from the style. Blocks 3 and 4 are such
# layers; by default this course takes half of the content from each. See what block 4 has to say of the cat of
# [lesson 00](00_welcome.ipynb), in a larger picture. **Guess first:** will the eyes be there? Their color? The fur?

# %%
cat = rebuilt("cat", "block4_conv2", size=256)
shown = {"original": cat.content, "block4_conv2": cat.picture}
plots.picture_row(shown, "Block 4 knows the cat, and makes up its hairs")

# %% [markdown]
# It is a cat, and it is this cat: eyes, nose and stripes, each in its place, and the eyes still green. Now look closer.
# The pupils have lost their shape, hardly a hair is where it was, and the background, once a blur, has lines.
#
# ## Mini and original
#
# All this was seen by a **mini** network, a twin of VGG19 with a quarter of its channels: the original has 64, 128,
# 256, 512 and 512 in its five blocks. The original learned the names of a thousand kinds of things from more than a
# million photographs. The twin learned no names. It was *fitted* to the original: each of its layers, through a linear
# map, shall give what the original's layer shows ([its card](../data/backbones/CARD.md)). Layers, names, preprocessing
# and receptive fields are the same, and so is the average pooling (the original was trained with maximum pooling;
# Gatys, Ecker and Bethge found the mean a little more appealing). What differs is room: with four times the channels,
# the original forgets later. In the figure 1 of Gatys and others (2016), which rebuilds a picture from the same five
# layers, the third is still almost perfect. Both take the content from the same two layers:

# %% tags=["nbval-check-output"]
for row in nst.backbones():
    if row.name == "vgg19":
        kind = "original" if row.width == 1 else "mini"
        print(f"{kind:8}  {row.parameters / 1e6:4.1f} million weights, content from {' and '.join(row.content_layers)}")

# %% [markdown]
# Is it the plan of the layers that decides what block 4 keeps, or what it has learned? There is a third network with
# this very plan and as few channels: the one of weights **scratch** was not fitted to anything, but trained to tell
# 101 kinds of things apart in some eight thousand pictures. **Guess first:** whose block 4 knows more of the cup?

# %%
untaught = rebuilt("coffee", "block4_conv2", weights="scratch")
learned = {"original": coffee, network.weights: pictures["block4_conv2"], "scratch": untaught.picture}
edges = [metrics.edge_correlation(coffee, picture) for picture in list(learned.values())[1:]]
title = f"Block 4: edges agree by {edges[0]:.2f} with weights {network.weights}, by {edges[1]:.2f} with scratch"
plots.picture_row(learned, title)

# %% [markdown]
# The same plan, as many weights and as many steps: what comes back is a matter of what a layer has learned.
#
# To see for yourself, write `nst.use("imagenet")` at the top and run the lesson again.
#
# ## The symbols of this course
#
# They are those of Gatys, Ecker and Bethge (2016), and they mean the same in every lesson.
#
# | symbol | what it is | here |
# |---|---|---|
# | $p$, $a$ | the photograph (content) and the artwork (style) | arrays (h, w, 3), 0 to 1 |
# | $x$ | the picture that is being painted | what the gradient changes |
# | $N$ | channels of a layer | `network.channels` |
# | $M = h\,w$ | its positions | |
# | $F$ | features of $x$: $M$ rows, $N$ columns (in the paper turned around) | `network.features` |
# | $P$ | features of $p$ in the same layer | |
# | $G$, $A$ | Gram matrices of $x$ and $a$, over $M$ | `nst.gram_matrix`, [lesson 02](02_gram_matrices.ipynb) |
# | $\mathcal{L}_\text{content}$ | distance of $F$ and $P$ | [lesson 03](03_content_and_style_loss.ipynb) |
# | $\mathcal{L}_\text{style}$ | distance of $G$ and $A$ | [lesson 03](03_content_and_style_loss.ipynb) |
# | $\mathrm{TV}$ | total variation of $x$ (not in the paper) | `nst.total_variation` |
# | $\alpha$, $\beta$, $\gamma$ | weights of content, style and total variation | `content_weight` and so on |
#
# $$\mathcal{L}(x) = \alpha\,\mathcal{L}_\text{content} + \beta\,\mathcal{L}_\text{style} + \gamma\,\mathrm{TV}(x).$$
#
# ## Exercises
#
# Two, each with a check. `nst.hint("receptive_field", 1)` helps, in three steps; the
# [solutions](solutions/01_theory.ipynb) are one link away.
#
# ### The receptive field
#
# Write the rule as a function, for any layers in a row.


# %% nbgrader={"grade": false, "grade_id": "receptive_field", "locked": false, "schema_version": 3, "solution": true, "task": false}
def receptive_field(layers):
    """Side, in pixels, of the square of the picture that one position of the last layer sees.

    ``layers`` is a list of pairs (kernel, stride), the layer next to the picture first; a pooling of 2 x 2 is (2, 2).
    Return a whole number. One position of no layer at all is one pixel.

    >>> receptive_field([(3, 1), (2, 2), (3, 1)])  # convolution, pooling, convolution
    8
    """
    ### BEGIN SOLUTION
    side, step = 1, 1
    for kernel, stride in layers:
        side += (kernel - 1) * step
        step *= stride
    return side
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "receptive_field-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["nbval-check-output"]
nst.check.receptive_field(receptive_field)
### BEGIN HIDDEN TESTS
assert nst.check.receptive_field(receptive_field).passed
### END HIDDEN TESTS

# %% [markdown]
# ### Which layer was it?
#
# The picture on the right began as noise and was rebuilt from one of the five layers. You know the photograph on the
# left, but not the layer. Judge by what is there and what is gone, or rebuild it from your candidates: in the cell
# under *The layer explorer: another start*, put in `"astronaut"` and a layer, and lay the results side by side.

# %%
from nst_utils.exercises.lesson_01 import mystery_layer

mystery = rebuilt("astronaut", mystery_layer(), seed=7)
plots.picture_row({"original": mystery.content, "rebuilt from ...": mystery.picture}, "One layer rebuilt this: which?")

# %% nbgrader={"grade": false, "grade_id": "which_layer", "locked": false, "schema_version": 3, "solution": true, "task": false}
which_layer = (  # a text: one of block1_conv2, block2_conv2, block3_conv2, block4_conv2, block5_conv2
    ### BEGIN SOLUTION
    "block4_conv2"
    ### END SOLUTION
)

# %% nbgrader={"grade": true, "grade_id": "which_layer-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false} tags=["nbval-check-output"]
nst.check.which_layer(which_layer)
### BEGIN HIDDEN TESTS
assert nst.check.which_layer(which_layer).passed
### END HIDDEN TESTS

# %% [markdown]
# ## In this lesson you have seen
#
# - A layer slides small tables of weights over what the layer below found. Its channels are maps of edges and colors
#   first, and of ever larger regions of the picture further down.
# - How many pixels one position sees follows from two lines of arithmetic, and the gradient confirms it to the pixel.
# - A picture can be rebuilt from one layer alone. What does not come back is forgotten: colors early, outlines late.
#   Style transfer lives on that.
#
# ## Further reading
#
# - L. A. Gatys, A. S. Ecker, M. Bethge, "Image Style Transfer Using Convolutional Neural Networks", CVPR 2016, pages
#   2414-2423. [doi:10.1109/CVPR.2016.265](https://doi.org/10.1109/CVPR.2016.265). Its first figure is this lesson.
# - A. Mahendran, A. Vedaldi, "Understanding Deep Image Representations by Inverting Them", CVPR 2015, pages
#   5188-5196. [doi:10.1109/CVPR.2015.7299155](https://doi.org/10.1109/CVPR.2015.7299155). Rebuilding pictures from
#   layers, with total variation.
# - K. Simonyan, A. Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", ICLR 2015,
#   [arXiv:1409.1556](https://arxiv.org/abs/1409.1556). VGG16 and VGG19.
# - W. Luo, Y. Li, R. Urtasun, R. Zemel, "Understanding the Effective Receptive Field in Deep Convolutional Neural
#   Networks", Advances in Neural Information Processing Systems 29, 2016.
# - A. Araujo, W. Norris, J. Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill, 2019.
#   [doi:10.23915/distill.00021](https://doi.org/10.23915/distill.00021).
# - M. D. Zeiler, R. Fergus, "Visualizing and Understanding Convolutional Networks", European Conference on Computer
#   Vision, 2014, pages 818-833. What single channels look for, layer by layer.
