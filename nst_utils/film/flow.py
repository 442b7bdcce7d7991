"""Optical flow: where what one frame shows is in another, and where that is hidden.

A flow is an array (2, h, w), rows before columns: what is seen at pixel p of the first frame is at p + flow[:, p] of
the other. A picture of the other frame is brought to the first by looking there.
"""

import numpy as np

from nst_utils.base.threads import one_blas_thread
from nst_utils.control.colors import LUMA

ATTACHMENT = 50  # of TV-L1 to the pictures, against smoothness; scikit-image takes 15, which is blind to small motions
MEDIAN = 5
HIDDEN = 0.01, 0.5  # of |w + w'|^2: a share of |w|^2 + |w'|^2, and what is allowed beyond, in pixels squared
BOUNDARY = 0.01, 0.002  # of |grad u|^2 + |grad v|^2: a share of |w|^2, and what is allowed beyond

AT_BOUNDARY = 0.25


@one_blas_thread()
def optical_flow(first: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The flow (2, h, w) from one frame (h, w, 3) to another: TV-L1 in brightness, without its outliers.

    References
    ----------
    Zach, Pock, Bischof, "A duality based approach for realtime TV-L1 optical flow", DAGM 2007, as in
    `skimage.registration`; a median over 5 x 5 pixels as Sun, Roth, Black, "Secrets of optical flow estimation and
    their principles", CVPR 2010, recommend.

    Examples
    --------
    >>> y, x = np.mgrid[0:32, 0:48]
    >>> frame = np.repeat((0.5 + 0.2 * np.sin(x / 3) + 0.2 * np.sin(y / 4))[..., None], 3, axis=-1)
    >>> flow = optical_flow(frame, np.roll(frame, 2, axis=1))
    >>> [round(float(np.median(part))) for part in flow]
    [0, 2]
    """
    from scipy import ndimage
    from skimage.registration import optical_flow_tvl1

    flow = optical_flow_tvl1(first @ LUMA, other @ LUMA, attachment=ATTACHMENT, dtype=np.float32)
    return np.stack([ndimage.median_filter(part, MEDIAN, mode="nearest") for part in flow])


def warped(picture: np.ndarray, flow: np.ndarray, *, order: int = 1) -> np.ndarray:
    """A picture (h, w) or (h, w, c) of the other frame, seen from the first: each pixel looks where its flow leads.

    Between pixels it is bilinear; of ``order`` 3 it is cubic, which keeps what is fine when frame follows frame. Beyond
    the border is what is at the border.

    Examples
    --------
    >>> picture = np.arange(12.0).reshape(3, 4)
    >>> warped(picture, np.stack([np.zeros((3, 4)), np.ones((3, 4))]))[0].tolist()
    [1.0, 2.0, 3.0, 3.0]
    """
    from scipy import ndimage

    places = np.indices(flow.shape[1:], dtype=np.float32) + flow
    channels = picture[..., None] if picture.ndim == 2 else picture
    moved = [
        ndimage.map_coordinates(channels[..., k], places, order=order, mode="nearest") for k in range(channels.shape[2])
    ]
    return moved[0] if picture.ndim == 2 else np.stack(moved, axis=-1)


def visible(flow: np.ndarray, back: np.ndarray) -> np.ndarray:
    """Where (h, w) what the first frame shows is seen in the other as well, from 0 to 1.

    Hidden is what does not come back: ``|w + w'|^2 > .01 (|w|^2 + |w'|^2) + .5``, where w is the flow and w' the one
    back, found where w leads; and what leaves the frame. At the boundary of a motion,
    ``|grad u|^2 + |grad v|^2 > .01 |w|^2 + .002``, flows are blurred: what is seen there counts `AT_BOUNDARY`. (Ruder
    et al. let it count 0 in the paper and 1 in their program.)

    References
    ----------
    Ruder, Dosovitskiy, Brox, "Artistic style transfer for videos", GCPR 2016, section 4.2 (equations 5 and 6); with
    Sundaram, Brox, Keutzer, ECCV 2010.

    Examples
    --------
    >>> flow = np.zeros((2, 4, 6))
    >>> flow[1] = 2
    >>> visible(flow, -flow)[0].tolist()
    [1.0, 1.0, 1.0, 1.0, 0.0, 0.0]
    """
    height, width = flow.shape[1:]
    places = np.indices((height, width), dtype=np.float32) + flow
    inside = ((places >= 0) & (places <= np.array([height - 1, width - 1])[:, None, None])).all(axis=0)
    returned = np.stack([warped(part, flow) for part in back])
    squares = _squares(flow)
    share, beyond = HIDDEN
    comes_back = _squares(flow + returned) <= share * (squares + _squares(returned)) + beyond
    changes = sum(_squares(np.stack(np.gradient(part))) for part in flow)
    share, beyond = BOUNDARY
    trust = np.where(changes > share * squares + beyond, np.float32(AT_BOUNDARY), np.float32(1))
    return np.where(inside & comes_back, trust, np.float32(0))


def _squares(vectors: np.ndarray) -> np.ndarray:
    return np.square(vectors).sum(axis=0)
