"""Lesson 09, color_map: a style in the colors of a content."""

import numpy as np

from nst_utils.exercises.exercise import Exercise, Variant


def color_map(style, content):
    """The style with the colors of the content: each pixel x becomes A (x - style mean) + content mean.

    ``style`` is an array (h, w, 3), ``content`` another one, of another shape. Let S be the 3 x 3 covariance matrix of
    the style's pixels, C that of the content's. A is the product of two symmetric roots, C^(1/2) S^(-1/2). Return an
    array (h, w, 3): the style's picture, whose pixels have the content's mean and covariance. Nothing is clipped.

    The symmetric power p of a covariance is V diag(l^p) V^T, with its eigenvalues l and its eigenvectors V, the columns
    of a matrix: ``l, V = np.linalg.eigh(covariance)``.

    >>> style = np.array([[[0, 0, 0], [2, 0, 0], [0, 2, 0], [0, 0, 2]]])
    >>> np.round(color_map(style, 3 * style + 1), 6)[0, 1].tolist()  # here A is 3 times the identity
    [7.0, 1.0, 1.0]
    """
    of_style, style_mean = _moments(style)
    of_content, content_mean = _moments(content)
    matrix = _power(of_content, 0.5) @ _power(of_style, -0.5)
    return (style - style_mean) @ matrix.T + content_mean


def _moments(picture):
    """Covariance and mean of the pixels."""
    pixels = np.reshape(picture, (-1, 3)).astype(np.float64)
    return np.cov(pixels.T), pixels.mean(axis=0)


def _power(matrix, power):
    values, vectors = np.linalg.eigh(matrix)
    return vectors @ np.diag(values**power) @ vectors.T


def _mapped(matrix_of):
    """As the reference, with another matrix from the two covariances."""

    def moved(style, content):
        (of_style, style_mean), (of_content, content_mean) = _moments(style), _moments(content)
        return (style - style_mean) @ matrix_of(of_style, of_content).T + content_mean

    return moved


def _by_roots(of_style, of_content):
    return _power(of_content, 0.5) @ _power(of_style, -0.5)


def _by_triangles(of_style, of_content):
    return np.linalg.cholesky(of_content) @ np.linalg.inv(np.linalg.cholesky(of_style))


def _nearest(of_style, of_content):
    root, back = _power(of_style, 0.5), _power(of_style, -0.5)
    return back @ _power(root @ of_content @ root, 0.5) @ back


def _shifted(shift):
    """The right matrix with another idea of the two means."""

    def moved(style, content):
        (of_style, style_mean), (of_content, content_mean) = _moments(style), _moments(content)
        matrix = _by_roots(of_style, of_content)
        return shift(style, matrix, style_mean, content_mean)

    return moved


def _second_moments(style, content):
    """Products whose means were not taken off."""
    of_style, of_content = (np.reshape(p, (-1, 3)).T @ np.reshape(p, (-1, 3)) / (p.size / 3) for p in (style, content))
    return (style - _moments(style)[1]) @ _by_roots(of_style, of_content).T + _moments(content)[1]


def _eigenvectors_in_rows(matrix, power):
    """V^T diag V: what comes of taking the eigenvectors for rows."""
    values, vectors = np.linalg.eigh(matrix)
    return vectors.T @ np.diag(values**power) @ vectors


def _covariance_of_positions(style, content):
    """np.cov of pixels that are not transposed: a matrix as large as there are pixels, which no color fits."""
    of_style, of_content = (np.cov(np.reshape(picture, (-1, 3))) for picture in (style, content))
    return (style - _moments(style)[1]) @ (of_content @ of_style).T


def _channel_means(style, content):
    """Means over the rows alone."""
    matrix = _by_roots(_moments(style)[0], _moments(content)[0])
    return (style - np.mean(style, axis=0)) @ matrix.T + np.reshape(content, (-1, 3)).mean(axis=0)


def _entrywise(matrix):
    """The root of each entry; a negative one has none."""
    with np.errstate(invalid="ignore"):
        return np.sqrt(matrix)


def _directions_mixed(of_style, of_content):
    (style_values, _), (content_values, vectors) = map(np.linalg.eigh, (of_style, of_content))
    return vectors @ np.diag(np.sqrt(content_values / style_values)) @ vectors.T


def _real_root(matrix):
    """Of a product of two covariances, whose eigenvalues are above 0."""
    values, vectors = np.linalg.eig(matrix)
    return (vectors @ np.diag(np.sqrt(values)) @ np.linalg.inv(vectors)).real


def _spread(covariance, power=0.5):
    return np.diag(np.diag(covariance) ** power)


def _pixels(shape: tuple[int, int], *pixels) -> np.ndarray:
    return np.array(pixels, np.float32).reshape(*shape, 3)


# twelve pixels each, so that it does not matter whether a covariance divides by 12 or by 11
_BLUE = _pixels(
    (3, 4),
    (0, 0, 4),
    (1, 2, 8),
    (2, 1, 6),
    (0, 1, 7),
    (4, 4, 8),
    (1, 0, 2),
    (0, 3, 5),
    (2, 2, 3),
    (7, 6, 1),
    (1, 1, 8),
    (3, 2, 8),
    (0, 0, 1),
)
_RED = _pixels(
    (2, 6),
    (8, 1, 0),
    (7, 3, 1),
    (6, 0, 2),
    (8, 8, 2),
    (3, 1, 1),
    (5, 2, 4),
    (8, 4, 0),
    (2, 2, 2),
    (7, 1, 3),
    (6, 5, 0),
    (4, 0, 0),
    (8, 2, 1),
)
_GRAYISH = _pixels(
    (4, 3),
    (2, 2, 3),
    (4, 4, 4),
    (1, 2, 1),
    (6, 5, 6),
    (3, 3, 2),
    (5, 5, 7),
    (0, 1, 0),
    (4, 3, 4),
    (7, 7, 6),
    (2, 3, 2),
    (5, 4, 5),
    (3, 4, 3),
)
_AXES = _pixels((1, 4), (0, 0, 0), (2, 0, 0), (0, 2, 0), (0, 0, 2))
_LONGER = _pixels((2, 2), (1, 1, 1), (9, 1, 1), (1, 5, 1), (1, 1, 3))

COLORS = Exercise(
    color_map,
    cases=((_AXES, _LONGER), (_BLUE, _RED), (_RED, _GRAYISH), (_RED / 8, _BLUE / 64), (_GRAYISH * 16, _RED / 8)),
    variants=(
        Variant(
            "mean only",
            _mapped(lambda of_style, of_content: np.eye(3)),
            "Only the mean has moved: the colors are spread as they were.",
        ),
        Variant(
            "spread of each channel",
            _mapped(lambda of_style, of_content: _spread(of_content) @ _spread(of_style, -0.5)),
            "Each of the three channels was stretched for itself. How red goes with blue is in the rest of the "
            "covariance.",
        ),
        Variant(
            "no roots",
            _mapped(lambda of_style, of_content: of_content @ np.linalg.inv(of_style)),
            "The covariances themselves were taken. They hold squares: a map that doubles all colors makes them four "
            "times as large.",
        ),
        Variant(
            "root of each entry",
            _mapped(lambda of_style, of_content: _entrywise(of_content) @ np.linalg.inv(_entrywise(of_style))),
            "np.sqrt takes the root of each entry. The root of a matrix, times itself, gives the matrix.",
        ),
        Variant(
            "order exchanged",
            _mapped(lambda of_style, of_content: _by_roots(of_style, of_content).T),
            "The two roots act in the wrong order (or A from the wrong side: rows of pixels need A transposed). First "
            "the style's colors are made round, then they get the content's shape.",
        ),
        Variant(
            "style not made round",
            _mapped(lambda of_style, of_content: _power(of_content, 0.5)),
            "The colors of the style keep the spread that they had, and get that of the content on top: its inverse "
            "root is missing.",
        ),
        Variant(
            "made round only",
            _mapped(lambda of_style, of_content: _power(of_style, -0.5)),
            "The colors are as wide in all directions now; the shape of the content's is missing.",
        ),
        Variant(
            "inverse forgotten",
            _mapped(lambda of_style, of_content: _power(of_content, 0.5) @ _power(of_style, 0.5)),
            "The style's root was taken, not its inverse, so that its spread counts twice.",
        ),
        Variant(
            "the other direction",
            lambda style, content: color_map(content, style),
            "That is the content in the colors of the style. It is the style that is moved.",
        ),
        Variant(
            "the style's own colors",
            lambda style, content: np.array(style, np.float64),
            "The style comes back as it was.",
        ),
        Variant(
            "mean not taken off",
            _shifted(lambda style, matrix, style_mean, content_mean: style @ matrix.T + content_mean),
            "The style's mean was not taken off before the map: it is moved along, and the result is too bright.",
        ),
        Variant(
            "mean not added",
            _shifted(lambda style, matrix, style_mean, content_mean: (style - style_mean) @ matrix.T),
            "The colors lie around 0: the content's mean has yet to be added.",
        ),
        Variant(
            "the style's mean added",
            _shifted(lambda style, matrix, style_mean, content_mean: (style - style_mean) @ matrix.T + style_mean),
            "The style's own mean was put back; asked for is the content's.",
        ),
        Variant(
            "one mean for all channels",
            _shifted(
                lambda style, matrix, style_mean, content_mean: (
                    (style - style_mean.mean()) @ matrix.T + content_mean.mean()
                )
            ),
            "One mean of all numbers, as from np.mean without an axis. Red, green and blue each have their own.",
        ),
        Variant(
            "mean of the columns",
            _channel_means,
            "The style's mean was taken over one axis of the picture alone, so that each column has its own. Make a "
            "table of pixels first.",
        ),
        Variant(
            "products, not covariances",
            _second_moments,
            "The means were not taken off before the products: that is a Gram matrix of colors, not a covariance.",
        ),
        Variant(
            "eigenvectors in rows",
            _mapped(
                lambda of_style, of_content: (
                    _eigenvectors_in_rows(of_content, 0.5) @ _eigenvectors_in_rows(of_style, -0.5)
                )
            ),
            "The eigenvectors that eigh gives are columns: V stands in front and its transpose behind.",
        ),
        Variant(
            "triangles",
            _mapped(_by_triangles),
            "That is the map by Cholesky's triangles. It keeps its promise as well, but it is another one: here "
            "both roots are symmetric.",
        ),
        Variant(
            "the nearest map",
            _mapped(_nearest),
            "That is Monge's map, of all the one that moves colors least. Here the product of the two roots is asked "
            "for.",
        ),
        Variant(
            "clipped",
            lambda style, content: np.clip(color_map(style, content), 0, 1),
            "The values were clipped to 0 and 1. Nothing is clipped here, so that the moments come out right.",
        ),
        Variant(
            "the trace alone",
            _mapped(lambda of_style, of_content: np.eye(3) * np.sqrt(np.trace(of_content) / np.trace(of_style))),
            "All directions were stretched by one number. The covariance says by how much each.",
        ),
        Variant(
            "roots of the style in the content's directions",
            _mapped(_directions_mixed),
            "Eigenvectors of one picture were used with eigenvalues of the other. Each root has its own.",
        ),
        Variant(
            "root of the product",
            _mapped(lambda of_style, of_content: _real_root(of_content @ np.linalg.inv(of_style))),
            "The root of C S^-1 was taken. The root of a product is not the product of the roots, where matrices do "
            "not commute.",
        ),
        Variant(
            "a little on the diagonal",
            _mapped(lambda of_style, of_content: _by_roots(of_style + np.eye(3) / 10, of_content + np.eye(3) / 10)),
            "Something was added to the covariances, as against a division by 0. All three directions vary here: "
            "leave them as they are.",
        ),
        Variant(
            "deviations whitened",
            _mapped(lambda of_style, of_content: _power(of_content, 0.5) @ _spread(of_style, -0.5)),
            "The style's channels were each brought to one spread; how they go together was left.",
        ),
        Variant(
            "a table",
            lambda style, content: color_map(style, content).reshape(-1, 3),
            "The numbers are right, but a table of pixels is left: give them the shape of the picture back.",
        ),
        Variant(
            "covariance of positions",
            _covariance_of_positions,
            "The shapes do not fit. np.cov takes each row for a variable: the table of pixels has to be transposed, or "
            "rowvar=False.",
        ),
    ),
    hints=(
        "Three steps, which move the cloud of colors: to 0, into another shape, to the content's mean. The middle one "
        "is the matrix.",
        "Make a table of pixels with three columns. From it come the mean (three numbers) and the covariance (3 x 3). "
        "Multiply from the right: then a whole table, or picture, is moved at once, and A has to be transposed.",
        "Write a function for the symmetric power of a matrix, and call it with 1/2 and with -1/2. Check with np.cov "
        "that the covariance of your result is the content's.",
    ),
    checked=("mean and covariance of the result", "both roots symmetric", "pictures of several shapes", "not clipped"),
)
