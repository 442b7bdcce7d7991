# %% [markdown]
# # Optimization: how a picture learns
#
# **Question:** How does a picture learn?
#
# **Objectives:** You will be able to
# - write one training step on the pixels of a picture, and say what a learning rate is measured in;
# - explain momentum and Adam's bias correction with one formula each;
# - predict what a start, an optimizer, a learning rate or a coarser first size does to a painting;
# - read a loss curve by step and by second, and decide when to stop.
#
# **Prerequisites:** [03 Content and style loss](03_content_and_style_loss.ipynb); what a derivative is.
#
# **Minutes to read:** 25
#
# **Seconds to compute:** measured by the build

# %% tags=["setup"]
# The build fills in this cell.

# %%
import itertools

import numpy as np
from IPython.display import Image

import nst_utils as nst
from nst_utils import metrics, plots
from nst_utils.engine.optimizers import adam, no_moments
from nst_utils.engine.run import Run
from nst_utils.engine.settings import settings_of

# %% [markdown]
# ## Which way is down?
#
# [Lesson 03](03_content_and_style_loss.ipynb) gave you a loss: one number that says how far a painting still is from
# its two goals. In most of machine learning one would now change the *network* until the loss is small. Here the
# network stays as it is. What learns is the **picture**: each of its numbers may go up or down.

# %% tags=["nbval-check-output"]
content, style = (nst.picture(name, size=128) for name in ("harbor", "swirls"))
print(content.shape, "makes", content.size, "numbers to choose")

# %% [markdown]
# You could try each of them: raise it a little, look whether the loss falls, put it back. That takes as many looks
# through the network as there are numbers. The **gradient** answers all of these questions at once, for about the price
# of three looks: it has the shape of the picture, and holds for every number $x_i$ how steeply the loss $\mathcal{L}$
# rises with it,
#
# $$g_i = \frac{\partial \mathcal{L}}{\partial x_i}.$$
#
# First a loss, written by hand from the pieces of lesson 03: that of the default painting without layer zero. Content
# and style of some layers, each distance as a share of its target's energy, and total variation.

# %%
content_layers = ["block3_conv2", "block4_conv2"]
layers = [f"block{k}_conv1" for k in range(1, 6)]
look = nst.load_backbone("vgg19").features([*content_layers, *layers])
P, of_style = look(content[None]), look(style[None])
A = {name: nst.gram_matrix(of_style[name]) for name in layers}

# %%
import tensorflow as tf


def share(x, target):
    """The squared distance as a share of the target's energy."""
    return tf.reduce_sum((x - target) ** 2) / tf.reduce_sum(target**2)


def loss_function(x):
    """The total loss of a picture (1, h, w, 3)."""
    F = look(x)
    contents = [share(F[name], P[name]) / 2 for name in content_layers]
    styles = [share(nst.gram_matrix(F[name]), A[name]) / 5 for name in layers]
    return 0.04 * tf.add_n(contents) + tf.add_n(styles) + 0.05 * nst.total_variation(x)


# %% [markdown]
# TensorFlow finds the gradient. A *tape* writes down every operation, and then goes through them backwards with the
# chain rule. Here $x$ is the harbor as it is.

# %%
x = tf.constant(content[None])
with tf.GradientTape() as tape:
    tape.watch(x)
    loss = loss_function(x)
gradient = tape.gradient(loss, x)
print("gradient", gradient.shape, f"root mean square {np.sqrt(np.mean(gradient**2)):.1e}, loss {float(loss):.3f}")

# %% [markdown]
# The gradient points uphill, so its negative says what the loss *wants*. A step goes there: against the gradient,
# $\eta$ times its length. The number $\eta$ (say *eta*) is the **learning rate**.

# %%
after = x - 100 * gradient
outside = np.mean((after < 0) | (after > 1))
print(f"loss {float(loss):.3f} before, {float(loss_function(after)):.3f} after one step")
print(f"{outside:.1%} of the numbers have left the range from 0 to 1")

# %% [markdown]
# **Guess first:** in which part of the harbor does the loss want most? Will you see what a single step has done?

# %%
wish = 0.5 - gradient.numpy()[0] / (6 * np.std(gradient))
shown = {"content": content, "style": style, "the wish": wish, "after one step": after.numpy()[0]}
plots.picture_row(
    {name: picture.clip(0, 1) for name, picture in shown.items()},
    "What the loss wants of the content. Gray: leave it; lighter, darker, colored: go that way",
)

# %% [markdown]
# It does not want "a moon" or "a tree". It wants edges of a certain width, mostly where there is some edge to begin
# with, and the first hints of curls in the empty sky. A step goes a small part of the way, as the slope holds only
# nearby.
#
# So a whole training step takes six lines. One thing is missing: where a number has left the range there is no color,
# so it is clipped back. Then the next step starts from there:
#
# $$x_{t+1} = \mathrm{clip}\big(x_t - \eta\, g_t\big).$$
#
# In code that goes on for a while, compiled once so that each step is quick (`tf.function`):


# %%
@tf.function
def value_and_gradient(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = loss_function(x)
    return loss, tape.gradient(loss, x)


# %%
def descend(step, steps=40):
    """The picture after some steps, and its losses; ``step`` may remember something from one to the next."""
    x, memory, totals = tf.constant(content[None]), None, []
    for _ in range(steps):
        loss, gradient = value_and_gradient(x)
        totals.append(float(loss))
        x, memory = step(x, gradient, memory)
    return x.numpy()[0], {"step": range(1, steps + 1), "total": totals}


def plain(rate):
    return lambda x, gradient, memory: (tf.clip_by_value(x - rate * gradient, 0.0, 1.0), None)


# %% [markdown]
# **Guess first:** learning rates 10, 100 and 1000, forty steps each. Which gets farthest? What does a rate look like
# that is too large?

# %%
walks = {f"rate {rate}": descend(plain(rate)) for rate in (10, 100, 1000)}
histories = {name: history for name, (_, history) in walks.items()}
ends = ", ".join(f"{history['total'][-1]:.3g} ({name})" for name, history in histories.items())
plots.loss_comparison(histories, f"Loss after 40 steps: {ends}")

# %%
pictures = {name: picture for name, (picture, _) in walks.items()}
plots.picture_row({"before": content, **pictures}, "Too short a step, a good one, too long a one")

# %% [markdown]
# The largest rate jumps over the valley and lands on the far side, higher than before. It is steeper there, so the next
# jump is longer still. In the end nearly every number stands at a wall of its range, 0 or 1. The good rate is found by
# trial, and it is good for this loss only: twice the loss has twice the gradient and needs half the rate, and twice the
# pixels need another one again.
#
# ## Momentum: remember where you were going
#
# Gradients of neighboring steps disagree across a valley and agree along it. So do not follow the last one; follow a
# running mean $m$ of all, in which older ones fade:
#
# $$m_t = \beta_1\, m_{t-1} + (1 - \beta_1)\, g_t, \qquad m_0 = 0.$$
#
# That is **momentum**. The number $\beta_1$ is usually .9 (it has nothing to do with the style weight $\beta$). One
# flaw: $m$ begins at 0, so it is too small at first. By how much? If all gradients were equal to $g$, then
# $m_t = (1 - \beta_1^t)\, g$. The **bias correction** divides by just that:
#
# $$\hat m_t = \frac{m_t}{1 - \beta_1^t}.$$
#
# **Guess first:** a number whose slope is always 1, and one whose slope changes between 1 and -1. What are $m_5$ and
# $\hat m_5$, roughly?

# %% tags=["nbval-check-output"]
for name, slopes in {"always 1": [1, 1, 1, 1, 1], "zigzag": [1, -1, 1, -1, 1]}.items():
    m = 0.0
    for t, slope in enumerate(slopes, start=1):
        m = 0.9 * m + 0.1 * slope
        print(f"{name:9} step {t}: m = {m:6.3f}, corrected {m / (1 - 0.9**t):6.3f}")

# %% [markdown]
# The steady slope is believed from the first step on, thanks to the correction. The zigzag fades: its steps cancel.
#
# ## Adam: every number has its own step
#
# **Adam** keeps a second running mean, of the *squared* gradient, $v_t = \beta_2\, v_{t-1} + (1 - \beta_2)\, g_t^2$,
# corrected in the same way, and divides by its root:
#
# $$x_{t+1} = \mathrm{clip}\Big(x_t - \eta\, \frac{\hat m_t}{\sqrt{\hat v_t} + \varepsilon}\Big).$$
#
# **Guess first:** three numbers have the slopes 0.000001, -3 and 500. How far does the first step of Adam move each of
# them, with $\eta = .02$?

# %% tags=["nbval-check-output"]
three = tf.fill([1, 1, 1, 3], 0.5)
moved, _ = adam(three, tf.constant([[[[1e-6, -3.0, 500.0]]]]), no_moments(three), learning_rate=0.02)
print([round(float(way), 3) for way in (moved - three)[0, 0, 0]])

# %% [markdown]
# All by .02, in their own direction: in the first step $\hat m / \sqrt{\hat v}$ is 1 or -1, and later it stays within
# that order. So Adam's learning rate is a *length*: how far a number may go in one step, in the units of the picture.
# It does not ask how large the loss is. Multiply the loss by 128, and nothing changes but some rounding, on average
# less than a thousandth of the range:


# %% tags=["nbval-check-output"]
def with_adam(rate, times=1):
    return lambda x, gradient, moments: adam(x, times * gradient, moments or no_moments(x), rate)


once, _ = descend(with_adam(0.02), steps=10)
times_128, _ = descend(with_adam(0.02, times=128), steps=10)
print("the same picture from 128 times the loss:", np.abs(once - times_128).mean() < 0.001)


# %% [markdown]
# Now a race. **Guess first:** momentum gets the rate 1000 that tore the picture apart a moment ago. Will it again?


# %%
def momentum(rate):
    def step(x, gradient, m):
        m = 0.1 * gradient if m is None else 0.9 * m + 0.1 * gradient
        return tf.clip_by_value(x - rate * m, 0.0, 1.0), m

    return step


steps = {"momentum, rate 1000": momentum(1000), "Adam, rate .02": with_adam(0.02)}
race = {"plain, rate 100": histories["rate 100"], **{name: descend(step)[1] for name, step in steps.items()}}

# %%
ends = ", ".join(f"{history['total'][-1]:.2f} ({name.split(',')[0]})" for name, history in race.items())
plots.loss_comparison(race, f"Loss after 40 steps: {ends}")

# %% [markdown]
# With the memory a rate of 1000 holds: the zigzags that fed the explosion cancel, and what is left goes along the
# valley. Adam is not far behind, and nobody had to search for its rate. That is why this course uses it.
#
# ## The package's loop, one step at a time
#
# `nst.stylize` does the same with the whole loss of [lesson 03](03_content_and_style_loss.ipynb), layer zero included.
# Its loop is a `Run` ([its source](../nst_utils/engine/run.py)) that you can turn by hand. One call of `advance` is one
# step.

# %%
run, way = Run(content, style, settings_of(sizes=(128,), steps=1000)), {}
for _ in range(3):
    run.advance()
    way[run.step] = run.picture
    print("step", run.step, {name: round(run.losses[name], 3) for name in ("total", "content", "style", "tv")})

# %% [markdown]
# What happens in one step:
#
# 1. At the first step of a size, what the style asks for is computed, once. (Gatys' $A$ never changes; code that
#    computes it in every step pays for another look through the network each time.)
# 2. The picture is shifted by a few random pixels, another few every fourth step, so that no filter meets the same grid
#    twice. Much of the grain that networks leave goes with it. The losses jump a little for the same reason.
# 3. Loss, gradient, Adam, clipping: one compiled function.
# 4. The losses are written into `history`; after the last step of a size, the picture and Adam's two means are
#    enlarged.
#
# The first content loss is 0, for the picture starts as the content. Must it?
#
# ## Where to start
#
# **Guess first:** the same loss and the same 50 steps, from four starts: the content, noise, plain gray, and the style.
# Do they end in the same painting? In the same loss?

# %%
settings = {"sizes": (128,), "steps": 50}
starts = {name: nst.stylize(content, style, start=name, **settings) for name in ("content", "noise", "gray", "style")}
pictures = {"content": content, **{f"from {name}": result.picture for name, result in starts.items()}}

# %%
outlines = {name: metrics.edge_correlation(result.picture, content) for name, result in starts.items()}
kept = ", ".join(f"{value:.2f} from {name}" for name, value in outlines.items())
plots.picture_row(pictures, f"Outlines of the harbor kept: {kept}")

# %%
for name, result in starts.items():
    total = result.history["total"]
    print(f"from {name:8} loss {total[0]:.2f} at first, {total[-5:].mean():.2f} at the end")

# %% [markdown]
# All four have come down, and the lowest loss need not be the painting that you would choose. The landscape has many
# valleys; the start decides which one you walk into.
#
# - **Content**: its content loss is 0 before the first step. Outlines are only ever lost. One of the studies behind
#   this course started here, and `stylize` does.
# - **Noise** (Gatys 2016): nothing is given, so every outline has to be found through the network. In 50 steps at one
#   size little of it is. Another seed gives another painting.
# - **Gray**: all places are alike and get the same wish, except near the border. So the painting grows from the border
#   inwards, in frames.
# - **Style**: the cheapest of all to begin with, and a forgery: its own moon and tree stay where they were, and of the
#   harbor little more than quay and hulls is laid over them.
#
# Fifty steps are few. **Guess first:** give noise all that `nst.stylize` takes by default, 350 steps at three sizes.
# Will it find the harbor?

# %%
found = nst.stylize("harbor", "swirls", start="noise")
kept = metrics.edge_correlation(found.picture, found.content)
plots.picture_row(
    {"content": found.content, "from noise": found.picture},
    f"From noise in 350 steps at three sizes: outlines kept {kept:.2f}",
)

# %% [markdown]
# Nothing but two layers of the network has told it where houses and hulls are. The start can still be seen in the
# number: from the content the same 350 steps keep somewhat more, about a third ([lesson 00](00_welcome.ipynb)), at
# nearly the same loss.
#
# ## The .02 and the 5: what is a learning rate measured in?
#
# Of the student studies that this course grew from, one used Adam with a rate of .02 and another with a rate of 5.
# Which is 250 times as bold? Neither. The first works with pixels from 0 to 1 (the current TensorFlow tutorial), the
# second with pixels from 0 to 255 (the tutorial of 2018). A rate is a length, so convert it like one:

# %% tags=["nbval-check-output"]
for rate in (0.02, 5):
    print(f"{rate:4} of 255 is {rate / 255:.5f} of 1;   {rate:4} of 1 is {255 * rate:6.1f} of 255")

# %% [markdown]
# 5 of 255 *is* .02 of 1. But copy the bare number into the other program and you get one of two famous accidents.
# **Guess first:** what do they look like, .02 taken for a pixel of 255 (here .00008), and 5 taken for a pixel of 1?

# %%
runs = {rate: nst.stylize(content, style, learning_rate=rate, **settings) for rate in (8e-5, 0.002, 0.2, 5)}
runs = {f"rate {rate:g}": result for rate, result in sorted({0.02: starts["content"], **runs}.items())}
usual, bold = runs["rate 0.02"], runs["rate 0.2"]
outlines = [metrics.edge_correlation(result.picture, content) for result in (usual, bold)]
losses = [result.history["total"][-5:].mean() for result in (usual, bold)]

# %%
plots.picture_row(
    {name: result.picture for name, result in runs.items()},
    f"From .02 to .2: loss {losses[0]:.2f} to {losses[1]:.2f}, outlines kept {outlines[0]:.2f} to {outlines[1]:.2f}",
)

# %%
for name, result in runs.items():
    total = result.history["total"]
    print(f"{name:11} loss {total[0]:.2f} at first, {total.max():5.2f} at worst, {total[-5:].mean():.2f} at the end")

# %% [markdown]
# - **.00008**: every number may move by a fiftieth of one of 256 levels a step. After 50 steps you cannot see it.
# - **.002**: on its way, ten times too slow.
# - **.2**: look at both numbers of the title. By its loss it is *not* worse. But its first step moved every number by
#   a fifth of its range; most outlines of the harbor it started from are gone, and it has ended in another valley.
# - **5**: the first step turns every number into 0 or 1. The loss climbs, and yet it ends up with a painting, but for
#   the specks along its border. Why?
#
# Because the rate does not stay. Within each size, `Run` lowers it along half a cosine, down to a fiftieth:
# $\eta_t = \eta\, \big(.02 + .98\, \tfrac{1}{2} (1 + \cos \pi t / T)\big)$ for step $t$ of $T$. Large steps first, to
# find a valley; small ones last, to settle in it. Other programs keep the rate and take the **average of the iterates**
# over the last steps instead: what jitters about, cancels. The run from above was planned for 1000 steps, so its rate
# has hardly fallen yet. Turn it on to step 100:

# %%
while run.step < 100:
    run.advance()
    way[run.step] = run.picture
mean = np.mean([way[step] for step in range(81, 101)], axis=0)
for name, picture in {"the last step": way[100], "the mean of the last 20": mean}.items():
    judged = nst.stylize(content, style, sizes=(128,), steps=1, start=picture)
    print(f"loss of {name}: {judged.history['total'][0]:.4f}")

# %% [markdown]
# They are as good as the same: at this rate there is little jitter to cancel, and where the rate has fallen there is
# none. The bolder the rate, the more the mean has to do. It costs one more array, so the package does both
# (`average=True`).
#
# ## Adam against L-BFGS
#
# Gatys did not use Adam. His **L-BFGS** looks at how the gradient has changed over the last 20 steps and guesses the
# *curvature* of the valley from it: how far away the bottom is. There is no rate to choose. With all curvatures it
# would need this many numbers:

# %% tags=["nbval-check-output"]
print(f"{content.size**2:,} numbers: that is what 'limited memory', the L in its name, avoids")

# %% [markdown]
# Both now minimize one loss with the layers of Gatys, from the content, without shifts, without total variation and
# without layer zero.
# **Guess first:** which needs fewer steps? Which needs fewer *seconds*?

# %%
study = {"sizes": (128,), "jitter": 0, "average": False, "tv_weight": 0, "precision": "float32"}
by_adam = nst.stylize(content, style, preset="gatys", steps=50, **study)
by_lbfgs = nst.stylize(content, style, preset="gatys", steps=30, method="lbfgs", **study)
methods = {"Adam": by_adam.history, "L-BFGS": by_lbfgs.history}

# %%
goal = max(history["total"].min() for history in methods.values())  # a loss that both reach
needs = []
for name, history in methods.items():
    there = int(np.argmax(history["total"] <= goal))
    needs.append(f"{name} {there + 1} steps, {history['seconds'][there] - history['seconds'][0]:.1f} s")
plots.loss_comparison(methods, f"To a loss of {goal:.3f}: {'; '.join(needs)}", against=("step", "seconds"))

# %% [markdown]
# (The curves begin apart, for Adam notes a loss before its step and L-BFGS after it.) By steps L-BFGS wins. It pays
# for it twice: a step may need several looks through the network until it is content with its length, and between them
# it computes with 20 remembered pictures and a bound for every number, which for a small network can take as long as
# the network itself. So the right panel is another race; read from the title who wins it. A curve against steps, as
# most papers show, flatters whoever has the costlier step.
#
# ## Two networks
#
# One study compared VGG19 with ResNet50: start from the content, Adam, and the loss against iterations and time. Here
# are its ResNet layers (`preset="resnet-study"`) beside the VGG19 run from above, with the same rate. Its weights
# ($\alpha = 10^5$, $\beta = 10^{-2}$ for VGG19; 1 and $10^5$ for ResNet50) belong to losses in other units: with the
# former our loss explodes in its first steps. [Lesson 03](03_content_and_style_loss.ipynb) told you why. So both get
# the normalization and the weights of this course, and each curve is divided by its first value.
#
# **Guess first:** the network whose loss falls to the smaller share: does it make the better painting?

# %%
by_resnet = nst.stylize(content, style, preset="resnet-study", steps=50, **study)
networks = {"VGG19": by_adam, "ResNet50": by_resnet}
left = {name: result.history["total"][-1] / result.history["total"][0] for name, result in networks.items()}
shares = ", ".join(f"{share:.1%} ({name})" for name, share in left.items())
plots.loss_comparison(
    {name: result.history for name, result in networks.items()},
    f"What is left of the first loss after 50 steps: {shares}",
    against=("step", "seconds"),
    share=True,
)

# %%
gaps = {name: metrics.style_gap_closed(result.picture, content, style) for name, result in networks.items()}
closed = ", ".join(f"{gap:.2f} ({name})" for name, gap in gaps.items())
pictures = {name: result.picture for name, result in networks.items()}
plots.picture_row({"content": content, "style": style, **pictures}, f"Style gap closed: {closed}")

# %% [markdown]
# **Guess first:** fifty more steps for ResNet50. What do they do to its loss, and what to the painting?

# %%
longer = by_resnet.resume(50)
share_left = longer.history["total"][-1] / longer.history["total"][0]
gap = metrics.style_gap_closed(longer.picture, content, style)
print(f"50 steps: {left['ResNet50']:.1%} of the loss left, style gap closed {gaps['ResNet50']:.2f}")
print(f"100 steps: {share_left:.1%} of the loss left, style gap closed {gap:.2f}")

# %% [markdown]
# Its loss goes on falling, and its painting gets farther away from the style: it fills up with a grain that this
# network takes for strokes. A loss is a network's opinion of its own work, and the smaller share of another network's
# loss says nothing about whose painting is better. For that you need a judge who took no part in it, like the style
# gap closed ([lesson 00](00_welcome.ipynb)). Both show what a recipe without shifts, layer zero and total variation
# does. Nor are the two alike to begin with: this VGG19 was fitted to an original, this ResNet50 was not. Which of them
# is the better painter, and why, is the question of lesson 06.
#
# ## Coarse to fine
#
# A step at half the size costs a quarter. So many steps at a small size are as dear as a few at full size. Here are two
# plans, and what they cost in steps at 256 pixels:

# %% tags=["nbval-check-output"]
plans = {"one size": {256: 60}, "three sizes": {64: 160, 128: 120, 256: 20}}
for name, plan in plans.items():
    print(f"{name:12} {plan}: {sum(steps * size**2 // 256**2 for size, steps in plan.items())} full steps")

# %% [markdown]
# **Guess first:** in which one are the strokes larger? In which one is more of the canyon left?

# %%
painted, told = {}, []
for name, plan in plans.items():
    result = nst.stylize("canyon", "stained_glass", sizes=tuple(plan), steps=tuple(plan.values()))
    kept = metrics.edge_correlation(result.picture, result.content)
    gained = metrics.style_gap_closed(result.picture, result.content, result.style)
    painted[name] = result.picture
    told.append(f"{name}: style gap closed {gained:.2f}, outlines kept {kept:.2f}")

# %%
plots.picture_row({"content": result.content, "style": result.style, **painted}, "; ".join(told))

# %% [markdown]
# For the same arithmetic, panes instead of crumbs. A position of block 5 sees 156 pixels: more than the whole picture
# at 64 and at 128, a part of it at 256. What is one large stroke there is laid down at a small size, where it takes a
# few cheap steps; the larger size only sharpens it. The price stands in the second number: what a small picture cannot
# hold, a thin outline, is lost on the way. (In seconds the small steps cost somewhat more than in arithmetic: a small
# picture does not fill the processor.)
#
# ## Show the way
#
# `snapshots=6` keeps six pictures of the way, and `save` with the ending `.gif` makes a film of them and the result.

# %%
film = nst.stylize("canyon", "stained_glass", sizes=(128,), steps=36, snapshots=6)
path = film.save("way.gif", seconds=3)
about = {
    "title": "A painting comes into being",
    "alt": "A film in seven frames: a canyon turns into a picture made of colored glass.",
}
Image(path.read_bytes(), format="gif", metadata=about)

# %%
steps = range(1, 37, 7)  # after these
stills = {f"step {steps[k]}": film.snapshots[k] for k in range(4)}
left = [np.abs(still - film.picture).mean() for still in (film.content, film.snapshots[1])]
title = f"By step {steps[1]} of 36 the numbers have gone {1 - left[1] / left[0]:.0%} of their way"
plots.picture_row({**stills, "result": film.picture}, title)

# %% [markdown]
# ## Meddle while it paints
#
# A run need not be left alone. **start**, **pause**, **step**, **resume** and **stop** do what they say; what you set
# the weights and the *learning_rate* to counts from the next step on. The run below has taken 30 steps and rests.
#
# **Guess first:** press **resume**. Near the end pull *learning_rate* to 1 for about ten steps, then back to 0.02. Will
# strokes come back? Will outlines? And if you start anew and raise *content_weight* to 100 at step 180 or so, what
# happens to the painting in the next step, and what to the black line?

# %%
live = nst.widgets.live_run(content, style, begun=30)
live

# %% [markdown]
# We tried it once: ten steps at a rate of 1 after step 220, then the last forty at 0.02. The style gap closed fell from
# about .8 to .2 and came back to about a half. The outlines fell from over .4 to nothing and did not come back at all:
# strokes are found anywhere, an outline has one place, and the way back to it is long. So a rate that was too large
# *for a moment* is not made good by the steps that follow.
#
# A *content_weight* of 100 made the black line jump a thousandfold in one step, from below 0.1 to about 100, in which
# the painting had hardly changed: a loss can be compared with itself only as long as its weights stay. In the end about
# two thirds of the outlines were kept instead of less than a half, and little more than half of the style gap was
# closed instead of about .8.
#
# Press **stop** before you go on, so that it takes no time from the next cells. (Where no kernel runs, as on GitHub,
# this is a picture of the run after 30 steps; open the lesson on Colab or with `make lab` to press the buttons.)
#
# ## When does it no longer pay?
#
# One study, with a rate that stayed as it was, wrote that the loss falls fast, but the picture still refines for many
# iterations. Is that so? The `Run` from above still has nearly its full rate. Turn it on to step 160, and put three
# questions to some pictures of its way: what is the loss, how much of the style gap is closed, and how far is it to the
# last picture, on average over all numbers?

# %%
while run.step < 160:
    run.advance()
    way[run.step] = run.picture
total, seconds = run.history["total"], run.history["seconds"]

# %%
marks = (1, 5, 20, 40, 80, 160)
track = {
    "loss": [total[step - 1] for step in marks],
    "style gap closed": [metrics.style_gap_closed(way[step], content, style) for step in marks],
    "distance to the last picture": [np.abs(way[step] - way[160]).mean() for step in marks],
}
fallen = (total[0] - total[39]) / (total[0] - total.min())
_, gap, distance = (values[marks.index(40)] for values in track.values())

# %% [markdown]
# **Guess first:** at step 40 of 160, how much of the fall is done? How much of the style is there? How many of 256
# levels will a number still move, on average, until the end?

# %%
seen = f"{fallen:.0%} of the fall, style gap closed {gap:.2f} (at the end {track['style gap closed'][-1]:.2f})"
plots.line_panels(marks, track, "step", f"At step 40: {seen}, {255 * distance:.0f} levels still to go")

# %%
later = 1 - total[-10:].mean() / total[39]
print(f"from step 40 to 160 the loss loses another {later:.0%} of what was left")
for first, last in itertools.pairwise(marks):
    gain = (total[first - 1] - total[last - 1]) / (seconds[last - 1] - seconds[first - 1])
    print(f"steps {first:3} to {last:3}: {gain:8.5f} less loss a second")

# %% [markdown]
# So the claim is half right. The fall is nearly over after a quarter of the steps, and so is the style, by a judge who
# knows nothing of the loss. Yet the picture keeps moving: on a logarithmic scale the loss still sinks, and each number
# travels about a tenth of its range. What moves is *where* the strokes lie and what is left of outlines, not how much
# style there is. If you want the manner, stop early. If a stroke bothers you, go on; and do not expect it from the
# curve to tell you.
#
# The last lines say what going on costs: the gain a second falls by a factor of hundreds on the way. From one step to
# the next the loss may even rise, where a shift was unlucky. A rule for stopping must therefore look at more than one
# step at a time. You write it below.
#
# ## Exercises
#
# Two, each with a check. `nst.hint("training_step", 1)` helps, in three steps; the
# [solutions](solutions/04_optimization.ipynb) are one link away.
#
# ### The training step
#
# Plain gradient descent for any picture and any loss, clipping included.


# %% nbgrader={"grade": false, "grade_id": "training_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
def training_step(picture, loss_function, learning_rate):
    """One step of plain gradient descent: the picture after it, clipped to [0, 1].

    ``picture`` is a tensor (n, h, w, 3), ``loss_function(picture)`` gives a scalar tensor, ``learning_rate`` is a
    number.

    >>> picture = tf.fill([1, 1, 2, 3], 0.5)
    >>> new = training_step(picture, lambda x: tf.reduce_sum(x**2), 0.25)  # the gradient is 2 x
    >>> float(new.numpy().min()), float(new.numpy().max())  # 0.5 - 0.25 * 2 * 0.5
    (0.25, 0.25)
    """
    ### BEGIN SOLUTION
    with tf.GradientTape() as record:
        record.watch(picture)
        height = loss_function(picture)
    return tf.clip_by_value(picture - learning_rate * record.gradient(height, picture), 0.0, 1.0)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "training_step-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["nbval-check-output"]
nst.check.training_step(training_step)
### BEGIN HIDDEN TESTS
assert nst.check.training_step(training_step).passed
### END HIDDEN TESTS

# %% [markdown]
# ### Stop when it no longer pays
#
# `losses[t]` is the loss after step `t`, above zero. At step `t`, compare the best of the last `patience` losses, that
# of step `t` included, with the best of all losses before those. It no longer pays when the former is smaller by less
# than the share `least` of the latter; exactly that share still pays. Steps with nothing before their last `patience`
# losses are not judged.


# %% nbgrader={"grade": false, "grade_id": "stop_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
def stop_step(losses, patience, least):
    """The index of the first step at which it no longer pays; len(losses) if it pays to the end.

    >>> stop_step([8.0, 4.0, 2.0, 2.0, 2.0], patience=2, least=0.25)  # step 4: min(2, 2) against min(8, 4, 2)
    4
    """
    ### BEGIN SOLUTION
    for step in range(patience, len(losses)):
        before = min(losses[: step - patience + 1])
        recent = min(losses[step - patience + 1 : step + 1])
        if before - recent < least * before:
            return step
    return len(losses)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "stop_step-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["nbval-check-output"]
nst.check.stop_step(stop_step)
### BEGIN HIDDEN TESTS
assert nst.check.stop_step(stop_step).passed
### END HIDDEN TESTS

# %% [markdown]
# Let it judge the long run of this lesson: ten steps of patience, and at least 2 % have to be gained. (It says None
# until you have written the rule.) What happens with a patience of 1?

# %%
print("stop at step", stop_step(total.tolist(), patience=10, least=0.02), "of", len(total))

# %% [markdown]
# ## In this lesson you have seen
#
# - A training step goes against the gradient of the loss, on the pixels. Momentum makes it steady; Adam makes its rate
#   a length in units of the picture, so .02 of 1 and 5 of 255 are the same.
# - The start, the rate and the first size choose which valley a painting ends in; the loss at the end does not say
#   which of these paintings you want. A curve by step and one by second can name different winners.
# - Loss and style are nearly there after a small part of the steps. The picture goes on moving, for less and less gain
#   a second.
#
# ## Further reading
#
# - D. P. Kingma, J. Ba, "Adam: A Method for Stochastic Optimization", International Conference on Learning
#   Representations (ICLR), 2015. [arXiv:1412.6980](https://arxiv.org/abs/1412.6980). Two pages of it hold the algorithm
#   and the bias correction.
# - B. T. Polyak, "Some methods of speeding up the convergence of iteration methods", USSR Computational Mathematics and
#   Mathematical Physics 4(5), 1964, pages 1-17. Where momentum comes from.
# - D. C. Liu, J. Nocedal, "On the limited memory BFGS method for large scale optimization", Mathematical Programming
#   45, 1989, pages 503-528.
# - B. T. Polyak, A. B. Juditsky, "Acceleration of Stochastic Approximation by Averaging", SIAM Journal on Control and
#   Optimization 30(4), 1992, pages 838-855.
# - L. A. Gatys, A. S. Ecker, M. Bethge, A. Hertzmann, E. Shechtman, "Controlling Perceptual Factors in Neural Style
#   Transfer", CVPR 2017. [arXiv:1611.07865](https://arxiv.org/abs/1611.07865). Coarse to fine, among other controls.
# - R. Yuan, "Neural Style Transfer: Creating Art with Deep Learning using tf.keras and eager execution", TensorFlow
#   blog, 2018. The tutorial with pixels up to 255 and a rate of 5.
