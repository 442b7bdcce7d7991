"""How well a backbone paints: every content with every style, one setting for all, measured and laid out on a sheet.

    python tools/measure_backbones.py mini_vgg19 --size 384 --into docs/backbones

writes ``mini_vgg19_384.json`` (a row a pair, saved as each painting ends; done pairs are not painted again), the
contact sheet ``mini_vgg19_384.jpg``, and prints the means and the worst pairs. Names and paths of pictures both work;
those that neither this repository nor a package carries are measured and left off the sheet. With ``--alone`` the style
is that of the network's layers without layer zero; with ``--tutorial`` the painter is the recipe of the TensorFlow
tutorial; both end the names of the files. The judge is an original that took no part: ``nst originals`` fetches it.

    python tools/measure_backbones.py --card

writes the figures of all tables in docs/backbones into data/backbones/CARD.md.
"""

import argparse
import io
import itertools
import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

import nst_utils as nst
from nst_utils.base.files import DATA, written_whole
from nst_utils.images.arrays import resize
from nst_utils.metrics import high_frequency_energy, judge, measure
from nst_utils.networks.catalog import MINI

CONTENTS = ("harbor", "skyline", "portrait", "cat", "astronaut", "temple", "tubingen", "bridge")
STYLES = (
    *("swirls", "stained_glass", "honeycomb", "pointillism", "mandala", "woodcut"),
    *("starry_night", "the_scream", "great_wave"),
)
KINDS = ("mini", "scratch", "imagenet")
SHEET_BYTES = 400_000
CELL = 150  # pixels
ROOT = Path(__file__).parents[1]
MARKS = ("<!-- measures -->", "<!-- end of measures -->")  # --card rewrites what stands between them
CARD_COLUMNS = {
    "judged_style": "style distance, judged",
    "judged_content": "content kept, judged",
    "style_gap_closed": "style gap closed",
    "edge_correlation": "edge correlation",
    "palette_distance": "palette distance",
    "high_frequency_ratio": "high frequencies",
}


def by_tutorial(content: np.ndarray, style: np.ndarray, name: str) -> np.ndarray:
    """The painting of the TensorFlow tutorial's recipe after its last step."""
    from benchmark import TUTORIAL_STEPS, Tutorial

    kind, network = name.split("_")
    recipe = Tutorial(content, style, nst.load_backbone(network, kind, pooling="max").model)
    for _ in range(TUTORIAL_STEPS):
        recipe.advance()
    return recipe.picture.numpy()[0]


def measures(picture: np.ndarray, content: np.ndarray, style: np.ndarray, judging: str) -> dict[str, float]:
    """What a painting measures, for functions of pictures and for an original network."""
    measured = measure(picture, content, style)
    roughest = max(high_frequency_energy(content), high_frequency_energy(style))
    return {
        **measured,
        "high_frequency_ratio": measured["high_frequency_energy"] / roughest,
        **judge(picture, content, style, judging),
    }


def carried(names: Iterable[str]) -> list[str]:
    """Those of the pictures that this repository or a package holds."""
    at_hand = {record.name for record in nst.pictures() if not record.repository}
    return [name for name in names if name in at_hand]


def sheet(rows: list[list[np.ndarray]], contents: list[np.ndarray], styles: list[np.ndarray]) -> Image.Image:
    """Contents down the side, styles along the top, the paintings between them."""
    grid = [[None, *styles], *([content, *row] for content, row in zip(contents, rows, strict=True))]
    paper = Image.new("RGB", (CELL * len(grid[0]), CELL * len(grid)), "white")
    for y, row in enumerate(grid):
        for x, picture in enumerate(row):
            if picture is not None:
                shrink = (CELL - 6) / max(picture.shape[:2])
                small = resize(picture, tuple(max(1, round(side * shrink)) for side in picture.shape[:2]))
                cell = Image.fromarray(np.uint8(np.round(small * 255)))
                paper.paste(cell, (x * CELL + (CELL - cell.width) // 2, y * CELL + (CELL - cell.height) // 2))
    ImageDraw.Draw(paper).text((8, CELL // 2 - 12), "content down,\nstyle across", fill="black", font_size=18)
    return paper


def save_sheet(paper: Image.Image, path: Path) -> None:
    """As JPEG, in the best quality that stays under `SHEET_BYTES`."""
    for quality in (92, 88, 84, 80, 75, 70, 60, 50):
        held = io.BytesIO()
        paper.save(held, "JPEG", quality=quality, optimize=True)
        if held.tell() < SHEET_BYTES:
            break
    with written_whole(path) as beside:
        beside.write_bytes(held.getvalue())


def summary(rows: list[dict]) -> str:
    """Means, and the five pairs whose style is furthest for the judge."""
    names = [name for name in rows[0] if name not in ("content", "style")]
    lines = [f"{'mean of ' + str(len(rows)):32}" + "  ".join(f"{np.mean([r[n] for r in rows]):.3f} {n}" for n in names)]
    for row in sorted(rows, key=lambda row: row["judged_style"])[:-6:-1]:
        pair = f"{row['content']} + {row['style']}"
        lines.append(f"{pair:32}" + "  ".join(f"{row[name]:.3f} {name}" for name in names))
    return "\n".join(lines)


def card_figures(folder: Path) -> str:
    """Means of every table, and the five worst pairs of each, as Markdown."""
    tables = {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}
    head = ["network and size", "pairs", *CARD_COLUMNS.values()]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for name, rows in tables.items():
        means = [f"{np.mean([row[column] for row in rows]):.3f}" for column in CARD_COLUMNS]
        lines.append("| " + " | ".join([name, str(len(rows)), *means]) + " |")
    lines += ["", "The five pairs whose style is furthest for the judge, of each table:", ""]
    for name, rows in tables.items():
        pairs = sorted(rows, key=lambda row: row["judged_style"])[:-6:-1]
        summary = [f"{row['content']} in {row['style']} {row['judged_style']:.2f}" for row in pairs]
        lines.append(f"- {name}: {', '.join(summary)}")
    return "\n".join(lines)


def write_card(folder: Path, card: Path) -> None:
    """Put the figures into the card, between the two marks."""
    before, rest = card.read_text().split(MARKS[0])
    after = rest.split(MARKS[1])[1]
    with written_whole(card) as beside:
        beside.write_text(f"{before}{MARKS[0]}\n{card_figures(folder)}\n{MARKS[1]}{after}")


def settings_for(name: str, alone: bool, content_weight: float | None) -> dict:
    """What `nst.stylize` is asked for, beside the pictures and the size."""
    kind, network = name.split("_")
    settings = {"backbone": network, "weights": kind, "content_weight": content_weight}
    own = nst.load_backbone(network, kind).default_layers()[1] if alone else None
    return {**settings, "style_layers": own, "progress": False}


def main() -> None:
    """Paint, measure, lay out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = [f"{kind}_{network}" for kind in KINDS for network in MINI]
    parser.add_argument("name", nargs="?", choices=names, metavar="NETWORK", help=f"one of {', '.join(names)}")
    parser.add_argument("--card", action="store_true", help="write the figures in docs/backbones into CARD.md")
    parser.add_argument("--size", type=int, default=384)
    parser.add_argument("--alone", action="store_true", help="the network's own style layers, without layer zero")
    parser.add_argument("--tutorial", action="store_true", help="paint by the recipe of the TensorFlow tutorial")
    parser.add_argument("--content-weight", type=float)
    parser.add_argument("--contents", nargs="+", default=list(CONTENTS), metavar="PICTURE")
    parser.add_argument("--styles", nargs="+", default=list(STYLES), metavar="PICTURE")
    parser.add_argument("--into", type=Path, default=Path("out/backbones"))
    options = parser.parse_args()
    if options.card:
        write_card(ROOT / "docs" / "backbones", DATA / "backbones" / "CARD.md")
        return
    if options.name is None:
        parser.error("name a network, or --card")
    settings = settings_for(options.name, options.alone, options.content_weight)
    judging = "vgg19" if settings["backbone"] == "vgg16" else "vgg16"
    ending = "_tutorial" if options.tutorial else "_alone" if options.alone else ""
    stem = f"{options.name}_{options.size}{ending}"
    table, paintings = options.into / f"{stem}.json", options.into / f"{stem}_paintings"
    paintings.mkdir(parents=True, exist_ok=True)
    rows = json.loads(table.read_text()) if table.exists() else []
    done = {(row["content"], row["style"]) for row in rows}
    for content, style in itertools.product(options.contents, options.styles):
        pair = Path(content).stem, Path(style).stem
        if pair in done:
            continue
        shown = nst.picture(content, options.size), nst.picture(style, options.size)
        if options.tutorial:
            picture = by_tutorial(*shown, options.name)
        else:
            picture = nst.stylize(content, style, size=options.size, **settings).picture
        nst.save_picture(picture, paintings / f"{'_'.join(pair)}.png")
        row = {"content": pair[0], "style": pair[1], **measures(picture, *shown, judging)}
        rows.append(row)
        with written_whole(table) as beside:
            beside.write_text(json.dumps(rows, indent=1) + "\n")
        print(f"{pair[0]} + {pair[1]}: {row['judged_style']:.2f}, {row['judged_content']:.2f}", flush=True)
    contents, styles = carried(options.contents), carried(options.styles)
    if contents and styles:
        grid = [[nst.picture(paintings / f"{content}_{style}.png") for style in styles] for content in contents]
        shown = [[nst.picture(name, options.size) for name in names] for names in (contents, styles)]
        save_sheet(sheet(grid, *shown), options.into / f"{stem}.jpg")
    print(summary(rows))


if __name__ == "__main__":
    main()
