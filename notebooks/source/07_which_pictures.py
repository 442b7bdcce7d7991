# %% [markdown]
# # Which pictures go together
#
# **Question:** Which pictures go together?
#
# **Objectives:** You will be able to
# - read a table of pairs, and say how much the content decides, how much the style, and how much the pair;
# - test a claim with a permutation test, and choose the unit that may be shuffled;
# - tell a predictor from a memory, by cross-validation that leaves out whole pictures;
# - collect pictures from a web page with their credits, and prepare them for each network.
#
# **Prerequisites:** [05 Content or style](05_content_or_style.ipynb).
#
# **Minutes to read:** 25
#
# **Seconds to compute:** measured by the build

# %% tags=["setup"]
# The build fills in this cell.

# %%
import itertools

import numpy as np
import pandas as pd

import nst_utils as nst
from nst_utils import metrics, plots
from nst_utils.study import chance, claims
from nst_utils.images.arrays import resize

# %% [markdown]
# ## Nine pairs
#
# Until now one pair of pictures had to do. Here are three contents of three kinds (a flower is *natural*, a temple
# *urban*, a cartoon *drawn*) and three styles. `nst.sweep` paints each content in each style with the same settings
# and measures what it has painted: one row a painting.
#
# **Guess first:** which of the nine will you like best? And which will keep least of its content?

# %%
three = {"contents": ["flower", "temple", "cartoon"], "styles": ["swirls", "woodcut", "honeycomb"]}
short = {"size": 128, "sizes": [[64, 128]], "steps": 100, "judge": "none", "progress": False}
nine = nst.sweep(**three, into="nine_pairs", **short)

# %%
edges = nine["edge_correlation"]
best, worst = nine.loc[edges.idxmax()], nine.loc[edges.idxmin()]
finding = "Most edges kept: {content} in {style}, {edge_correlation:.2f}".format(**best)
finding += "; fewest: {content} in {style}, {edge_correlation:.2f}".format(**worst)
heads = {name: nst.picture(name, 128) for names in three.values() for name in names}
nst.contact_sheet(nine, "content", "style", finding, caption="edge_correlation", heads=heads)

# %% [markdown]
# These are sketches. If one of them pleases you, paint it larger: twice the pixels a side are a question of seconds.
# Here is the temple.

# %%
large = nst.stylize("temple", "swirls", size=256, steps=150, progress=False)
kept = metrics.edge_correlation(large.picture, large.content)
small = nine.query("content == 'temple' and style == 'swirls'")["edge_correlation"].item()
row = {"temple": large.content, "swirls": large.style, "the painting": large.picture}
plots.picture_row(row, f"Temple in swirls keeps {kept:.2f} of its edges at 256 pixels, {small:.2f} at 128")

# %% [markdown]
# The measure is stricter with it: a larger painting has finer edges to lose. (Shrunk to 128 pixels, it keeps about as
# much as the small one.) So compare edges at one size only, as on the sheet. Look along a row, then down a column. One
# of the student studies that this course grew from did so with twenty pairs and three networks, and came away with two
# sentences. **C1:** natural pictures lose less of their content than urban or animated ones. **C2:** some pairings work
# better than others, and there is no logic to it. Neither had a number.
#
# ## Every pair
#
# Nine paintings are too few to test a sentence. So this was done once for twelve contents, four of each kind, and seven
# styles, with three seeds each, by [tools/claims](../tools/claims/experiments.py); `nst.claims` has the table. (Two of
# the styles stand among the drawn contents. They were not painted in themselves. Each painting starts from noise, so
# that its seed makes a difference, and the network was the small VGG19 trained from scratch of lesson 06, not the one
# fitted to the original. Those are other settings than above: compare within one table only.)

# %% tags=["nbval-check-output"]
table = nst.claims("pairs")
contents, styles = (list(dict.fromkeys(table[role])) for role in ("content", "style"))
kinds = {record.name: record.kind for record in nst.pictures()}
print(len(table), "paintings of", len(contents), "contents in", len(styles), "styles")


# %%
def cells(measure):
    """One number for each content, style and seed: an array (contents, styles, seeds)."""
    found = np.full((len(contents), len(styles), len(set(table["seed"]))), np.nan)
    for row in table.to_dict("records"):
        found[contents.index(row["content"]), styles.index(row["style"]), row["seed"]] = row[measure]
    return found


gained, edges = cells("style_gap_closed"), cells("edge_correlation")

# %% [markdown]
# **Guess first:** in a map of all pairs, will you see rows (the content decides), columns (the style decides), or
# spots (the pair decides)? Is it the same for what is gained of the style and for what is kept of the content?

# %%
groups = {kind: sum(kinds[name] == kind for name in contents) for kind in dict.fromkeys(map(kinds.get, contents))}
maps = {"style gap closed": gained.mean(axis=2), "edges kept": edges.mean(axis=2)}
lowest, highest = np.nanmin(maps["edges kept"]), np.nanmax(maps["edges kept"])
finding = f"From pair to pair the edges kept go from {lowest:.2f} to {highest:.2f}, at one and the same setting"
plots.pair_maps(maps, contents, styles, finding, groups)

# %% [markdown]
# (Below zero: judged by its patches, such a painting is farther from the style than the untouched content was.) On the
# left a column stands out, on the right a row. But eyes find patterns in anything, so put a number to it. Call the
# **variance** of the 246 paintings (the mean squared distance from their mean) 1. How much smaller is it when each
# content has a mean of its own? That share the content explains; the style likewise. Let then each pair have a mean of
# its own: what that explains beyond content plus style belongs to the **pairing**, and what is left within a pair is
# the seed's. This is the *analysis of variance* (Fisher, 1925), [a screen of code](../nst_utils/study/chance.py).

# %% tags=["nbval-check-output"]
for measure in ("style_gap_closed", "edge_correlation"):
    shares = chance.variance_shares(table, measure)
    print(f"{measure:17}", "  ".join(f"{of} {shares[of]:.2f}" for of in ("content", "style", "pairing", "seed")))

# %% [markdown]
# A large *content* share: some pictures keep (or take on) more than others, whatever they are painted in. A large
# *style* share: some styles leave more, whatever is painted in them. Both are good to know, but neither is about
# pictures that *go together*. That is the *pairing*: a pair that does better, or worse, than its content and its style
# promise. Weigh it against the *seed*, the differences between paintings of one and the same pair. That is luck, and
# luck alone makes pairs differ, too; how much it would, the verdict on C2 below takes into account. (Of a full grid the
# four shares add up to 1. Two pairs are missing here, so the second line goes a little beyond.)
#
# So the two maps tell two stories. How much of a style is taken on, the style decides for the most part, and the
# pairing about as much as the content. How many edges are kept, the content decides, and the pairing is a matter of a
# few hundredths.
#
# ## A claim about kinds
#
# C1 says that natural pictures lose less content. As content kept we take the edges, as in lesson 05, and for each
# content the mean over its styles and seeds: twelve numbers.

# %%
kept = chance.means_by(table, "edge_correlation", "content")
by_kind = {kind: {name: kept[name] for name in contents if kinds[name] == kind} for kind in groups}
finding = ", ".join(f"{kind} {np.mean(list(dots.values())):.2f}" for kind, dots in by_kind.items())
plots.dots_by_group(by_kind, "edges kept, mean over styles and seeds", f"Edges kept on average: {finding}")

# %% [markdown]
# The means differ; means always do. Would they differ as much if the word "natural" meant nothing? Then one could
# give it to *any* four of the twelve contents. There are 495 ways to choose four, few enough to try all. In how many
# of them is the difference, natural mean minus the mean of the others, as far from zero as the one we measured? This
# share is the **p-value**, and the procedure a **permutation test** (Fisher, 1935; Pitman, 1937). It supposes no bell
# curve of the numbers, only that they could be exchanged.
#
# **Guess first:** the smallest p-value that twelve contents could give, whatever was measured?


# %%
def difference(chosen):
    """The mean of the chosen contents minus the mean of the others."""
    others = [kept[name] for name in contents if name not in chosen]
    return np.mean([kept[name] for name in chosen]) - np.mean(others)


splits = list(itertools.combinations(contents, groups["natural"]))
by_chance = np.array([difference(split) for split in splits])
measured = difference(list(by_kind["natural"]))
reached = np.abs(by_chance) >= abs(measured) - 1e-12  # the measured split is one of them
finding = f"{reached.sum()} of {len(splits)} splits are as far apart as natural and others: p = {reached.mean():.3f}"
plots.chance_histogram(by_chance, measured, "difference of mean edges kept", finding)

# %% [markdown]
# At best one split of 495 is the most extreme, p = 0.002. A small p-value says that chance alone would hardly do it; a
# large one that it easily would, *not* that there is no difference. (Two humps: the left one are the splits with
# `swirls` among their four, the content that keeps far less than all others.)
#
# ### The unit
#
# But we have 246 paintings, not twelve numbers. Why not shuffle the paintings? **Guess first:** what becomes of the
# p-value?

# %% tags=["nbval-check-output"]
natural = np.array([kinds[name] == "natural" for name in table["content"]])
each = np.array(table["edge_correlation"])
rng = np.random.default_rng(0)
shuffled = [rng.permutation(natural) for _ in range(9999)]
apart = np.array([each[one].mean() - each[~one].mean() for one in [natural, *shuffled]])
wrong = np.mean(np.abs(apart) >= abs(apart[0]))
print(f"paintings as the unit: p = {wrong:.4f}; contents as the unit: p = {reached.mean():.3f}")

# %% [markdown]
# The question is the same, and so are the paintings. Only the unit is another. By the usual bound of 0.05 the first
# number would be published, and as evidence *against* C1, since natural pictures kept a little less. By the second,
# most ways to hand out the word "natural" do as much.
#
# The paintings of one content are not independent. All twenty-one of them show the same flower, and if the flower
# happens to have clear edges, all twenty-one keep them. Shuffling paintings tests whether these *twelve pictures*
# differ, which nobody doubted. The claim is about *natural pictures*, and of these we have four. The unit that may be
# shuffled is the one to which the word was given: the content. To count the paintings as so many witnesses is called
# **pseudoreplication** (Hurlbert, 1984), and it makes almost anything significant.
#
# What then of C1? The report of this course tests each rival kind alone, with three measures of what is kept: edges,
# structural similarity, and the distance from the content in a network that took no part in the painting.

# %% tags=["nbval-check-output"]
print(nst.verdict("C1"))

# %% [markdown]
# Read a line: how much more the natural pictures have of the measure, the p-value, the number of pictures, and what
# follows for the claim. (A *distance* is smaller where more is kept.) With four against four there are 70 splits, and
# two of them are the most extreme, so p is at least 2 / 70 = 0.029. The next value is 4 / 70 = 0.057. To come below the
# usual 0.05, *all* four natural pictures must lie on one side of all four of the rival kind. "Undecided" is therefore
# an honest answer and not a weak one: these pictures cannot tell. And if the lines disagree, it depends on the rival,
# or on what you call content.
#
# ## A predictor of good pairs
#
# C2 is a claim about us: "no logic" means that nobody could have told beforehand. Could a measure of the two pictures,
# taken *before* anything is painted? Five candidates:
#
# - the **palette distance** of the two, and the **patch distance**: how far apart their colors are, and their patches;
# - the **spectrum difference**: how fast the energy falls from coarse to fine in one and in the other;
# - the **orientation distance**: how differently their edges are turned;
# - the **Gram distance** before the start, that is the style loss of the untouched content.
#
# All are [functions of the package](../nst_utils/metrics/__init__.pyi). For instance:

# %%
flower, temple, swirls = (nst.picture(name, 128) for name in ("flower", "temple", "swirls"))
for name, content in {"flower": flower, "temple": temple}.items():
    apart = abs(metrics.spectrum_slope(content) - metrics.spectrum_slope(swirls))
    turned = metrics.orientation_distance(content, swirls)
    palettes = metrics.palette_distance(content, swirls)
    print(f"{name} and swirls: palettes {palettes:.2f} apart, slopes {apart:.2f}, orientations {turned:.2f}")

# %% [markdown]
# The table "predictors" has all five for all pairs. What is to be predicted is a pair's mean over its seeds.

# %% tags=["nbval-check-output"]
edges_kept, told, of_content, of_style = claims.pair_outcomes(table, nst.claims("predictors"), "edge_correlation")
pairs = list(zip(of_content, of_style, strict=True))
told = (told - told.mean(axis=0)) / told.std(axis=0)
names = [name.replace("_", " ") for name in claims.PREDICTORS]
print(len(pairs), "pairs; candidates:", ", ".join(names))

# %% [markdown]
# Now fit: the edges kept by a pair as a weighted sum of its candidates, by least squares. A fit always agrees with what
# it was made from. To know what it is worth, it must tell what it has not seen: **cross-validation** fits without a
# pair, and predicts that pair. The score is $R^2$, the share of the variance that is predicted: 1 is perfect, 0 is as
# good as saying the mean, and below 0 is worse than that.
#
# But what has it not seen? Leave out one pair, flower in swirls, and six other pairs with the flower are still
# there, and ten with swirls. The honest question is about *your* pictures, of which it has seen neither: leave out all
# pairs that share the content **or** the style.


# %%
def score(features, outcome, unseen):
    """R^2 of a linear fit on pairs that it was not fitted to; ``unseen`` tells which pairs are left out with one."""
    design = np.column_stack([np.ones(len(pairs)), features])
    errors, spreads = [], []
    for pair, row, value in zip(pairs, design, outcome, strict=True):
        left = np.array([not unseen(pair, other) for other in pairs])
        weights = np.linalg.lstsq(design[left], outcome[left], rcond=None)[0]
        errors.append(value - row @ weights)
        spreads.append(value - outcome[left].mean())
    return 1 - np.sum(np.square(errors)) / np.sum(np.square(spreads))


# %%
def the_pair(pair, other):
    return pair == other


def both_pictures(pair, other):
    return pair[0] == other[0] or pair[1] == other[1]


sets = {name: told[:, [k]] for k, name in enumerate(names)} | {"all of them": told}

# %% [markdown]
# **Guess first:** which of them tells most about the edges that a pair will keep? And how much is left of it when
# both pictures are new?

# %%
ways = {"the pair is left out": the_pair, "its content and its style are left out": both_pictures}
scores = {way: [score(of, edges_kept, rule) for of in sets.values()] for way, rule in ways.items()}
old, new = (values[-1] for values in scores.values())
finding = f"Edges kept: R² of all is {old:.2f} for a new pair, {new:.2f} for two new pictures"
plots.score_bars(scores, list(sets), "R²: share of the variance predicted", finding)

# %% [markdown]
# A bar to the left of zero is worse than saying the mean. Where the upper bar reaches farther to the right than the
# lower one, the fit has lived on pictures that it knew from other pairs: a memory, of no use for yours. Only the lower
# bars are about new pictures, and even the longest of them is a matter of a few hundredths: of the edges, the five tell
# next to nothing. **Guess first:** is it easier to tell how much of the style a pair will take on?

# %%
gap_closed = claims.pair_outcomes(table, nst.claims("predictors"), "style_gap_closed")[0]
scores = {way: [score(of, gap_closed, rule) for of in sets.values()] for way, rule in ways.items()}
old, new = (values[-1] for values in scores.values())
finding = f"Style gap closed: R² of all is {old:.2f} for a new pair, {new:.2f} for two new pictures"
plots.score_bars(scores, list(sets), "R²: share of the variance predicted", finding)

# %% [markdown]
# This is what a memory looks like: all five together seem to tell a good part, and hardly any of it is left when both
# pictures are new. Which of the two did the fit remember?

# %%
for name, place in {"content": 0, "style": 1}.items():
    rest = score(told, gap_closed, lambda pair, other, place=place: pair[place] == other[place])
    print(f"only its {name} is left out: R² {rest:.2f}")

# %% [markdown]
# Without its content most of the score stays, without its style most is gone. That fits the shares above: how much of a
# style is taken on, the style decides, and whoever has met it knows it already.
#
# The report has the outcome as a held-out network sees it, too, and a p-value for each score: it exchanges whole
# contents and whole styles, for these are the units here.

# %% tags=["nbval-check-output"]
print(nst.verdict("C2"))

# %% [markdown]
# The first lines ask whether pairs differ beyond content, style and luck; the number is the share of the pairing. The
# others ask for logic; the number is the lower bar of all five, called $Q^2$, and here a small p speaks *against* the
# claim: it says that pictures never met can be told, to that share, before anything is painted. Is it large enough to
# choose a pair by? With $Q^2 = 0.3$, say, the typical error of the prediction is still $\sqrt{1 - 0.3} = 0.84$ of what
# it is for somebody who only knows the mean. And "undecided" means that none of *these* candidates has been found to
# tell anything, not that nothing does.
#
# ### Pick a pair, and be the predictor
#
# Any content with any style, at the settings of the nine paintings at the top. The bars are what four of the five
# candidates say beforehand.
#
# **Guess first:** choose a pair that you believe goes together and one that does not. Write down for each whether the
# edges kept will be above or below 0.5, and the style gained too. Then press **Paint this pair**.

# %%
nst.widgets.pair_picker("harbor", "woodcut", size=128, sizes=(64, 128), steps=100)

# %% [markdown]
# How often were you right? Of four guesses, four are right in one of sixteen cases if you toss a coin. So play ten
# rounds before you believe in your eye, with pictures that you have not seen painted before: those you have are
# memories. (Where no kernel runs, as on GitHub, this is a picture of the first pair; open the lesson on Colab or with
# `make lab` to paint.)
#
# ## Your own pictures
#
# Twelve contents are few, and your own are missing. `nst.collect` gathers the pictures of a web page, with what must
# never get lost: where each comes from, what the page says of it, and under which license it stands. To try it without
# troubling anybody, we write a page of our own and serve it ourselves. It is as untidy as real pages are.

# %%
from pathlib import Path

gallery = Path("gallery")
for name in ("crying_sky", "pointillism", "stained_glass"):
    nst.save_picture(nst.picture(name, 240), gallery / f"{name}.png")
nst.save_picture(nst.picture("crying_sky", 240), gallery / "again.png")
nst.save_picture(nst.picture("pointillism", 32), gallery / "icon.png")
words = {"words.png": "A name that ends in .png, and yet text.", "robots.txt": "User-agent: *\nDisallow: /private/\n"}
written = [(gallery / name).write_text(text) for name, text in words.items()]

# %%
page = """<title>Three styles</title>
<img src="crying_sky.png" alt="A pier under a waving red sky">
<img src="pointillism.png" alt="Sailing boats by a shore, in dots of color">
<a href="stained_glass.png">Sun and roses in colored glass</a>
<img src="again.png"><img src="icon.png"><img src="words.png"><img src="lost.png">
<a href="private/sketch.png">A sketch</a>
<a rel="license" href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>"""
written.append((gallery / "index.html").write_text(page))

# %%
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Nothing: by default each request is told."""


server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=gallery))
Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}/index.html"

# %% [markdown]
# **Guess first:** how many of the eight addresses on the page become files? Count, then run. The first call has a
# surprise.

# %% tags=["nbval-check-output"]
try:
    nst.collect(address, into="found")
except nst.DownloadError as refusal:
    print(str(refusal).partition(": ")[2])

# %% [markdown]
# 127.0.0.1 is the **loopback** address: your own machine. It is refused unless you allow it, and so are the addresses
# of private networks. For a page is written by a stranger, and the addresses on it are followed by *your* machine,
# which reaches what the stranger cannot: your router, a printer, a notebook server, on a rented machine the service
# that hands out its passwords. To have these fetched through somebody else is an old trick (*server-side request
# forgery*). Here we know who wrote the page. And since we trouble only ourselves, we may leave out the second of pause
# that is otherwise between two requests:

# %% tags=["nbval-check-output"]
found = nst.collect(address, into="found", pause=0, allow_private=True, progress=False)
for record in found:
    print(f"{record.width} x {record.height}  {record.alt}")

# %%
for row in found.refused:
    print(f"{row.address.rpartition('/')[2]:12} {row.reason}")

# %% [markdown]
# A small icon, a text that calls itself a picture, a picture that is there twice, one that is gone; and one that the
# site's **robots.txt** asks robots to leave alone, so nobody asked for it. What was taken has a name of our own, made
# from its bytes: a page cannot make us overwrite a file. Beside the pictures lies `manifest.json`:

# %%
import json

manifest = json.loads(Path("found/manifest.json").read_text(encoding="utf-8"))
entry = manifest["pictures"][0]
for name in ("file", "address", "page_title", "alt", "license", "width", "height", "bytes"):
    print(f"{name:10} {entry[name]}")

# %% [markdown]
# `alt` is the **alternative text**: what a reader who does not see the picture is told. Write one for each picture
# that you show; for a painting say what it shows and in which manner. The license is the one that the *page* names.
# Whether it holds for each picture on it, and whose name it asks for, you still have to find out. Then keep it:

# %%
server.shutdown()
server.server_close()
found.credits.to_csv("credits.csv", index=False)
pd.read_csv("credits.csv").drop(columns="bytes")

# %% [markdown]
# What has come through `nst.collect` opens like any other picture, and is ready to be painted with:

# %%
pictures = {record.alt: nst.picture(path) for record, path in zip(found, found.paths, strict=True)}
plots.picture_row(pictures, f"{len(found)} pictures collected, {len(found.refused)} addresses refused")

# %% [markdown]
# ## What each network wants
#
# In lesson 01 you prepared a picture for VGG19. Other networks were trained on pictures in another form, and each wants
# its own. Keras calls the forms by the program that first had them:

# %% tags=["nbval-check-output"]
from nst_utils.networks.catalog import PREPROCESSING

for name in ("vgg16", "vgg19", "resnet50", "inception_v3", "densenet121", "efficientnet_b0"):
    print(f"{name:16} {PREPROCESSING[name]}")

# %%
modes = {
    "caffe": lambda p: 255 * p[..., ::-1] - [103.939, 116.779, 123.68],  # blue first, minus the mean of photographs
    "tf": lambda p: 2 * p - 1,  # from -1 to 1
    "torch": lambda p: (p - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225],  # mean 0 and deviation 1 in photographs
    "raw": lambda p: 255 * p,  # the network scales by itself
}

# %% tags=["nbval-check-output"]
from tensorflow.keras.applications.imagenet_utils import preprocess_input

flower = nst.picture("flower", 192)
for mode in ("caffe", "tf", "torch"):
    by_keras = preprocess_input(255 * flower, mode=mode)
    print(mode, "as Keras does it:", np.allclose(modes[mode](flower), by_keras, atol=1e-3))

# %% [markdown]
# One of the studies showed its pictures after this step. To show them at all, each is stretched from its lowest
# number to 0 and its highest to 1. **Guess first:** which of the three will have other colors than the flower?


# %%
def stretched(x):
    return (x - x.min()) / (x.max() - x.min())


prepared = {mode: modes[mode](flower) for mode in ("caffe", "tf", "torch")}
row = {"as it is": flower}
row |= {f"{mode}: {x.min():.1f} to {x.max():.1f}": stretched(x) for mode, x in prepared.items()}
plots.picture_row(row, "After preprocessing: one form exchanges red and blue, the ranges are a hundred times apart")

# %% [markdown]
# *caffe* turns the channels round: what was red is blue. *tf* and *torch* only shift and stretch the numbers, which you
# cannot see, but the network can: where *caffe* goes over more than two hundred, they go over two and four.
#
# What does a network make of the wrong form? Here is VGG19 on the flower in each of them. 0 is what it
# should answer; 1 is a distance as large as the answer itself.

# %%
network = nst.load_backbone("vgg19").model
right = network(modes["caffe"](flower)[None].astype("float32"))
for mode, prepare in modes.items():
    answer = network(prepare(flower)[None].astype("float32"))
    print(f"{mode:6} {np.sum((answer - right) ** 2) / np.sum(right**2):.2f}")

# %% [markdown]
# Numbers between -2 and 3 are for this network the mean color and hardly anything else: in *tf* and *torch* it sees a
# gray wall, and its answer is about as wrong as none at all. The *raw* form is a picture still, but too bright, and
# with red and blue exchanged: less wrong, and harder to find. No error is raised anywhere, in any of them. That is what
# makes such mistakes so long-lived.
#
# ### And back again
#
# Whoever lets the painting itself live in the prepared form, as many programs do, must undo all steps before showing
# it: **in the reverse order**. First add the means, then turn the channels round. **Guess first:** what do you see if
# the channels are turned first? Or never? Or if the means are forgotten?

# %%
means, x = np.array([103.939, 116.779, 123.68]), modes["caffe"](flower)
undone = {
    "right": (x + means)[..., ::-1] / 255,
    "turned first": (x[..., ::-1] + means) / 255,
    "never turned": (x + means) / 255,
    "no means": x[..., ::-1] / 255,
}
off = {name: np.abs(shown - flower).mean() for name, shown in undone.items()}
row = {f"{name}: off by {off[name]:.2f}": np.clip(shown, 0, 1) for name, shown in undone.items()}
plots.picture_row(row, f"The wrong order is off by only {off['turned first']:.2f}, and so the hardest to notice")

# %% [markdown]
# *Never turned* is blue in the face and found at once. *No means* is dark. *Turned first* adds the mean of blue to red
# and that of red to blue: a slight cast, which passes for a matter of taste. In this package a painting always lives as
# red, green, blue from 0 to 1, and the preparing is the network's first layer: there is nothing to undo, and nothing
# to forget.
#
# ## Exercises
#
# Two, each with a check. `nst.hint("permutation_test", 1)` helps, in three steps; the
# [solutions](solutions/07_which_pictures.ipynb) are one link away.
#
# ### The edge correlation
#
# The measure that C1 was tested with, in its simplest form: two gray pictures of one shape, and differences of
# neighbors for a gradient. At each pixel but those of the last row and column, $g_x$ is the right neighbor minus the
# pixel, $g_y$ the lower neighbor minus the pixel, and the edge strength $\sqrt{g_x^2 + g_y^2}$. Return the Pearson
# correlation of the strengths of one picture with those of the other, position by position.


# %% nbgrader={"grade": false, "grade_id": "edge_correlation", "locked": false, "schema_version": 3, "solution": true, "task": false}
def edge_correlation(a, b):
    """Whether two gray pictures (h, w) have their edges in the same places: from -1 to 1.

    >>> a = np.array([[7, 7, 0], [8, 7, 3], [8, 4, 3]])  # edge strengths 1, 7, 1, 5
    >>> round(float(edge_correlation(a, 20 - 2 * a)), 6)  # the negative, at twice the contrast
    1.0
    """
    ### BEGIN SOLUTION
    def strengths(picture):
        pixel = picture[:-1, :-1]
        return np.hypot(picture[:-1, 1:] - pixel, picture[1:, :-1] - pixel).ravel()

    return np.corrcoef(strengths(a), strengths(b))[0, 1]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "edge_correlation-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["nbval-check-output"]
nst.check.edge_correlation(edge_correlation)
### BEGIN HIDDEN TESTS
assert nst.check.edge_correlation(edge_correlation).passed
### END HIDDEN TESTS

# %% [markdown]
# On the nine paintings above: does yours put them in about the same order as the package's, which has a smoother
# gradient and all colors? (A dash stands where yours has not been written.)

# %%
for row in nine.to_dict("records"):
    painting = nst.picture(row["picture"])
    content = resize(nst.picture(row["content"], 128), painting.shape[:2])
    yours = edge_correlation(painting.mean(axis=2), content.mean(axis=2))
    told_by_yours = "-" if yours is None else f"{yours:.2f}"
    print(f"{row['content']:8} in {row['style']:10} package {row['edge_correlation']:5.2f}  yours {told_by_yours}")

# %% [markdown]
# ### The permutation test
#
# With twelve contents all 495 splits can be tried. With forty it would be 847 million for two groups of ten and thirty,
# so one draws some thousand orders at random instead. `orders` is an array $(k, n)$: each of its rows holds the places
# 0 to $n - 1$ in some order. Put all numbers, first and second group one after the other, in that order: the first
# `len(first)` of them are a new first group, the others a new second one. Count the orders in which the two new means
# differ by at least as much as the two given ones, in whichever direction.
#
# One order need not be drawn: the one that was measured. It belongs to those that are possible, so it counts as one
# more, above and below the line, $(1 + \text{count}) / (1 + k)$; and p is never 0, which would claim that chance
# *cannot* do what it has just done (Phipson and Smyth, 2010).


# %% nbgrader={"grade": false, "grade_id": "permutation_test", "locked": false, "schema_version": 3, "solution": true, "task": false}
def permutation_test(first, second, orders):
    """How often chance alone sets two groups as far apart: (1 + count) / (1 + k), for ``orders`` (k, n).

    >>> orders = np.array([[2, 1, 0], [1, 0, 2], [1, 2, 0]])  # new first groups: 2, 4, 4
    >>> float(permutation_test(np.array([8]), np.array([4, 2]), orders))  # none is as far from the others as 8
    0.25
    """
    ### BEGIN SOLUTION
    together = np.concatenate([first, second])
    new = together[orders]
    apart = new[:, : len(first)].mean(axis=1) - new[:, len(first) :].mean(axis=1)
    count = np.sum(np.abs(apart) >= abs(first.mean() - second.mean()))
    return (1 + count) / (1 + len(orders))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "permutation_test-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false} tags=["nbval-check-output"]
nst.check.permutation_test(permutation_test)
### BEGIN HIDDEN TESTS
assert nst.check.permutation_test(permutation_test).passed
### END HIDDEN TESTS

# %% [markdown]
# Does it agree with all 495 splits?

# %%
first = np.array([kept[name] for name in contents if kinds[name] == "natural"])
second = np.array([kept[name] for name in contents if kinds[name] != "natural"])
orders = np.array([rng.permutation(len(contents)) for _ in range(9999)])
yours = permutation_test(first, second, orders)
print(f"all splits: p = {reached.mean():.3f}; yours, of 9999 orders:", "-" if yours is None else f"p = {yours:.3f}")

# %% [markdown]
# ## In this lesson you have seen
#
# - The differences between paintings can be divided among content, style, pairing and seed. Only the pairing is about
#   pictures that go together, and it has to be weighed against the seed's share, which is luck.
# - Shuffle the unit to which the claim gives its word, and leave out both pictures of a pair to see whether it can be
#   predicted. Else one content counts as twenty-one witnesses, and a memory as a law.
# - Pictures come with their sources, or they are of no use; and each network wants them in its own form, undone in the
#   reverse order.
#
# ## Further reading
#
# - R. A. Fisher, "The Design of Experiments", Oliver and Boyd, 1935. E. J. G. Pitman, "Significance Tests Which May Be
#   Applied to Samples from Any Populations", Supplement to the Journal of the Royal Statistical Society 4(1), 1937,
#   pages 119-130.
# - S. H. Hurlbert, "Pseudoreplication and the Design of Ecological Field Experiments", Ecological Monographs 54(2),
#   1984, pages 187-211.
# - B. Phipson, G. K. Smyth, "Permutation P-values Should Never Be Zero: Calculating Exact P-values When Permutations
#   Are Randomly Drawn", Statistical Applications in Genetics and Molecular Biology 9(1), 2010, article 39.
# - A. Torralba, A. Oliva, "Statistics of Natural Image Categories", Network: Computation in Neural Systems 14(3),
#   2003, pages 391-412. What tells kinds of pictures apart.
# - M. Koster, G. Illyes, H. Zeller, L. Sassman, "Robots Exclusion Protocol", RFC 9309, 2022.
