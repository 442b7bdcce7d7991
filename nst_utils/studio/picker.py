"""The choice of a picture: from the gallery, from files, from an address."""

import base64
import functools
import html
from collections.abc import Callable

import ipywidgets

from nst_utils.images.gallery import pictures
from nst_utils.studio import order as orders
from nst_utils.studio.order import Source
from nst_utils.widgets.jobs import DONE, FAILED, Job, sentence
from nst_utils.widgets.panel import (
    IPYWIDGETS_8,
    WIDE,
    button,
    jpeg_of,
    row,
    set_if_new,
    status,
    watched,
    weakly,
    with_tooltip,
    words,
)

THUMB = 68  # pixels
OWN_PICTURES = 6  # that are kept


class Thumbnails:
    """Pictures as buttons, which the keyboard reaches as well; the chosen one has a mark and a frame.

    Buttons of ipywidgets have no pictures, but a class: a style sheet of the widget's own gives each its background.
    """

    def __init__(self, prefix: str, chosen: Callable[[int], None]):
        self._prefix, self._call = prefix, chosen
        self._style = words()
        self.grid = ipywidgets.Box([], layout={"flex_flow": "row wrap"})
        self.box = ipywidgets.VBox([self._style, self.grid])
        self._buttons: dict[str, ipywidgets.Button] = {}

    def show(self, thumbnails: dict[str, tuple[str, bytes]], chosen: str | None) -> None:
        """Show these: mapping of a key to a label and a JPEG."""
        rules = []
        for key, (label, jpeg) in thumbnails.items():
            if key not in self._buttons:
                made = ipywidgets.Button(
                    tooltip=label, layout={"width": f"{THUMB + 12}px", "height": f"{THUMB}px", "margin": "2px"}
                )
                made.add_class("nst-thumb")
                made.add_class(f"nst-{self._prefix}-{key}")
                made.on_click(functools.partial(_pressed, weakly(self._call), key))
                self._buttons[key] = made
            mark = "✓ " if key == chosen else ""
            set_if_new(self._buttons[key], description=mark + label)
            code = base64.b64encode(jpeg).decode()
            edge = "outline: 3px solid #E69F00;" if key == chosen else ""
            rules.append(
                f".nst-{self._prefix}-{key} {{ background-image: url(data:image/jpeg;base64,{code}); {edge} }}"
            )
        common = (
            ".nst-thumb { background-size: cover; background-position: center; display: flex; align-items: flex-end; "
            "justify-content: center; color: white !important; font-size: 11px; line-height: 1.3; padding: 0 2px 3px; "
            "text-shadow: 0 0 3px black, 0 0 3px black, 0 1px 2px black; overflow: hidden; white-space: normal; } "
            ".nst-thumb:focus-visible { outline: 3px solid #56B4E9; }"
        )
        set_if_new(self._style, value=f"<style>{common}{' '.join(rules)}</style>")
        for gone in [key for key in self._buttons if key not in thumbnails]:
            self._buttons.pop(gone).close()
        set_if_new(self.grid, children=tuple(self._buttons[key] for key in thumbnails))


def _pressed(call: Callable, key: str, _) -> None:
    call(key)


class Picker:
    """The choice of one picture, and what went wrong with it.

    Parameters
    ----------
    role : "content" or "style"
    name : the picture of the gallery to begin with
    about : what it is for
    title : what it is called; default: its role
    changed : called with nothing when another picture is chosen; a method is held weakly
    """

    def __init__(self, role: str, name: str, about: str, *, title: str = "", changed: Callable | None = None):
        title = title or role
        self.role, self.source = role, orders.from_gallery(name)
        self._changed = changed and weakly(changed)
        self._told = self.source
        self.job: Job | None = None
        self._own: dict[str, tuple[Source, bytes]] = {}
        self._numbers = 0
        self._results: list[Source | Exception] | None = None  # of the job, until they have been shown
        self._names = [record.name for record in pictures(role) if record.offline]
        self._gallery = {name: (name.replace("_", " "), _gallery_thumbnail(name)) for name in self._names}
        self._thumbnails = Thumbnails(title.replace(" ", "-"), self._choose)
        self.upload = ipywidgets.FileUpload(
            accept="image/*",
            multiple=True,
            description="files",
            layout={"width": "auto"},
            **with_tooltip("pictures of your own"),
        )
        self.address = ipywidgets.Text(
            placeholder="https://...",
            description="address",
            style=WIDE,
            layout={"width": "17em"},
            **with_tooltip("the address of a picture; press Enter or fetch"),
        )
        self.fetch_button = button("fetch", "download", "fetch the picture at the address", self._fetch)
        self.address.on_msg(weakly(self._entered))
        self.error, self._chosen = words(), words()
        watched(self.upload, self._uploaded)
        self.box = ipywidgets.VBox(
            [
                words(f"<b>{title}</b>: {html.escape(about)}"),
                self._thumbnails.box,
                row(self.upload, self.address, self.fetch_button),
                self.error,
                self._chosen,
            ],
            layout={"width": "30em", "max_width": "100%", "margin": "0 1em 0.5em 0"},
        )
        self._show()

    def take(self, source: Source) -> None:
        """Choose this picture, whether it is shown already or not."""
        if source.kind != orders.GALLERY and source not in [own for own, _ in self._own.values()]:
            self._add(source)
        self.source = source
        self._show()

    def stop(self) -> None:
        """Fetch and open nothing any more."""
        if self.job is not None:
            self.job.stop()

    def add_files(self, files: list[tuple[str, bytes]]) -> None:
        """Open pictures that were sent, in the background; the first good one is chosen."""

        def opened():
            for name, data in files[:OWN_PICTURES]:
                try:
                    yield orders.from_file(name, data)
                except Exception as error:
                    yield error

        self._open(opened)

    def _open(self, opened: Callable) -> None:
        self.stop()
        results: list[Source | Exception] = []
        self._results = results

        def pieces():
            for one in opened():
                results.append(one)
                yield len(results)

        self.error.value = status("opening ...")
        self.job = Job(pieces, self._news)
        self.job.start()

    def _news(self, job: Job) -> None:
        """On the teller's thread."""
        if job is not self.job or job.state not in (DONE, FAILED) or self._results is None:
            return
        results, self._results = self._results, None  # an end may be told twice
        good = [one for one in results if isinstance(one, Source)]
        bad = [sentence(one) for one in results if not isinstance(one, Source)]
        if job.error:
            bad.append(job.error)
        for source in reversed(good):
            self._add(source)
        if good:
            self.source = good[0]
        set_if_new(self.error, value="".join(status(one, wrong=True) for one in bad))
        self._show()

    def _add(self, source: Source) -> None:
        self._numbers += 1
        kept = list(self._own.items())[: OWN_PICTURES - 1]
        self._own = {f"own-{self._numbers}": (source, _thumbnail(source)), **dict(kept)}

    def _uploaded(self, *_) -> None:
        files = uploaded_files(self.upload)
        if files:
            self.add_files(files)
            if IPYWIDGETS_8:
                self.upload.value = ()  # so that the same file can be sent again

    def _fetch(self, *_) -> None:
        address = self.address.value

        def opened():
            yield orders.from_address(address)

        self._open(opened)

    def _entered(self, _, message: dict, *rest) -> None:
        """What the field says beside its value: that Enter was pressed."""
        if message.get("event") == "submit":
            self._fetch()

    def _choose(self, key: str) -> None:
        self.source = self._own[key][0] if key in self._own else orders.from_gallery(key)
        set_if_new(self.error, value="")
        self._show()

    def _show(self) -> None:
        own = {key: (source.name, jpeg) for key, (source, jpeg) in self._own.items()}
        chosen = self.source.name if self.source.kind == orders.GALLERY else None
        chosen = chosen or next((key for key, (source, _) in self._own.items() if source == self.source), None)
        shown = {**own, **self._gallery}
        if chosen not in shown and self.source.kind == orders.GALLERY:
            shown = {chosen: (chosen, _thumbnail(self.source)), **shown}
        self._thumbnails.show(shown, chosen)
        if self._changed and self.source != self._told:
            self._told = self.source
            self._changed()


def uploaded_files(upload) -> list[tuple[str, bytes]]:
    """Names and contents of what was sent, from ipywidgets 8 (a tuple) or 7 (a mapping)."""
    if isinstance(upload.value, dict):
        return [(name, bytes(file["content"])) for name, file in upload.value.items()]
    return [(file["name"], bytes(file["content"])) for file in upload.value]


def _thumbnail(source: Source) -> bytes:
    return jpeg_of(source.picture(2 * THUMB), 80)


@functools.cache
def _gallery_thumbnail(name: str) -> bytes:
    return _thumbnail(orders.from_gallery(name))
