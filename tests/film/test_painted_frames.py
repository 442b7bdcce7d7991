"""Frames painted one after the other: carried on, blended, steady, and how much they flicker."""

import numpy as np
import pytest

from nst_utils.base.errors import DivergedError
from nst_utils.base.tensorflow import tf
from nst_utils.engine.objective import Objective, as_batch, compiled
from nst_utils.engine.settings import settings_of
from nst_utils.film.blended import Blended
from nst_utils.film.drawn import exact_motion
from nst_utils.film.fine import Fine, filled
from nst_utils.film.flicker import flicker, warp_error
from nst_utils.film.frames import Earlier, painted_frames, rounded
from nst_utils.film.reading import open_clip
from nst_utils.film.steady import steady, temporal_loss
from nst_utils.images.opening import picture
from nst_utils.losses.terms import Weights
from nst_utils.networks.loading import load_backbone

LAYERS = (("block1_conv2", 1.0),)
WEIGHTS = Weights(1.0, 1.0, 0.1, 0.02)


@pytest.fixture(scope="module")
def frames():
    return [frame.picture for frame, _ in zip(open_clip("balloon").frames(64), range(3), strict=False)]


def noisy(seed=0):
    """A painter whose every frame is another: the frame and noise."""
    drawn = np.random.default_rng(seed)
    return lambda frame: np.clip(frame + drawn.normal(0, 0.1, frame.shape), 0, 1).astype(np.float32)


def motions(frames):
    return [exact_motion(k, k - 1, frames[0].shape[:2]) for k in range(1, len(frames))]


def test_the_first_frame_knows_no_earlier_one_and_the_others_see_it(frames):
    first, second, third = painted_frames(frames, lambda frame, earlier: frame)
    assert first.earlier is None
    for painted in (second, third):
        assert warp_error(painted.frame, *painted.earlier) < 0.05
        assert 0.7 < painted.earlier.visible.mean() < 1


def test_a_new_scene_begins_anew(frames):
    cut = [frames[0], 1 - frames[1].transpose(0, 1, 2)[::-1]]
    assert [painted.earlier for painted in painted_frames(cut, lambda frame, earlier: frame)] == [None, None]


def test_paintings_go_on_from_what_a_file_keeps(frames):
    whole = [painted.painting for painted in painted_frames(frames, Blended(lambda frame: 1 - frame))]
    rest = painted_frames(frames[1:], Blended(lambda frame: 1 - frame), last=(frames[0], rounded(whole[0])))
    assert all(np.array_equal(one, painted.painting) for one, painted in zip(whole[1:], rest, strict=True))


def test_blending_takes_much_of_the_flicker_of_noise(frames):
    alone, blended = (
        [painted.painting for painted in painted_frames(frames, Blended(noisy(), blend))] for blend in (0.0, 0.7)
    )
    assert flicker(blended, motions(frames)) < 0.65 * flicker(alone, motions(frames))


def test_flicker_is_what_no_motion_explains(frames):
    assert flicker(frames, motions(frames)) < 0.3 * flicker([noisy()(frame) for frame in frames], motions(frames)) / 0.7
    still = [exact_motion(0, 0, frames[0].shape[:2])] * 2
    assert flicker(frames, still) > 2 * flicker(frames, motions(frames))


def test_where_nothing_is_seen_flicker_is_undefined(frames):
    assert np.isnan(warp_error(frames[0], frames[1], np.zeros(frames[0].shape[:2])))


def test_the_temporal_loss_counts_what_is_seen_and_its_gradient_is_the_difference():
    drawn = np.random.default_rng(1)
    picture, last = (tf.constant(drawn.random((1, 4, 5, 3)), tf.float32) for _ in range(2))
    seen = tf.constant(drawn.integers(0, 2, (1, 4, 5, 1)), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(picture)
        loss = temporal_loss(picture, last, seen)
    expected = (seen * (picture - last) ** 2).numpy().sum() / (3 * seen.numpy().sum())
    assert float(loss) == pytest.approx(expected, rel=1e-5)
    slope = 2 * seen * (picture - last) / (3 * tf.reduce_sum(seen))
    assert np.allclose(tape.gradient(loss, picture), slope, atol=1e-7)


def test_a_steady_objective_is_another_with_one_term_more(frames, tiny_style):
    plain = Objective(load_backbone("vgg19", "mini-random"), LAYERS, LAYERS)
    seen = np.arange(40 * 64).reshape(40, 64) % 3 / np.float32(2)
    held = steady(plain, 5.0, frames[1], seen)
    assert held.names == (*plain.names, "temporal")
    picture, style, weights = as_batch(frames[0]), as_batch(tiny_style), tf.constant(WEIGHTS, tf.float32)
    targets = compiled(plain).targets(picture, style, (0, 0))
    terms, gradient = compiled(plain).value_and_gradient(picture, targets, weights, (0, 0))
    own = {**targets, "guides": held.own_guides()}
    held_terms, held_gradient = compiled(held).value_and_gradient(picture, own, weights, (0, 0))
    assert np.allclose(held_terms[1:-1], terms[1:])
    assert float(held_terms[-1]) == pytest.approx(warp_error(frames[0], frames[1], seen) ** 2, rel=1e-4)
    assert float(held_terms[0] - terms[0]) == pytest.approx(5 * float(held_terms[-1]), rel=1e-3)
    pull = 5 * 2 * seen[None, ..., None] * (frames[0] - frames[1]) / (3 * seen.sum())
    assert np.allclose(held_gradient - gradient, pull, atol=1e-6)


def test_one_graph_serves_all_frames(frames):
    plain = Objective(load_backbone("vgg19", "mini-random"), LAYERS, LAYERS)
    first, second = (steady(plain, 5.0, frame, np.ones(frame.shape[:2], np.float32)) for frame in frames[:2])
    assert compiled(first) is compiled(second)
    assert compiled(first) is not compiled(plain)


def test_the_fine_way_flickers_far_less_than_frames_by_themselves(frames):
    way = Fine([picture("swirls", 64)], settings_of(size=64, steps=20, style_weight=3.0), steps=10)
    first, held = (painted.painting for painted in painted_frames(frames[:2], way))
    motion = motions(frames[:2])
    assert flicker([first, held], motion) < 0.75 * flicker([first, way(frames[1], None)], motion)


def test_a_frame_that_diverges_leaves_no_picture_to_be_taken_for_the_film(frames):
    broken = settings_of(size=64, steps=2, tv_weight=3e38, normalization="keras-io", style_layers=["block1_conv1"])
    with pytest.raises(DivergedError) as caught:
        Fine([frames[1]], broken)(frames[0], None)
    assert caught.value.result is None


def test_what_is_hidden_begins_with_the_frame(frames):
    seen = np.ones(frames[0].shape[:2], np.float32)
    seen[:, :20] = 0
    start = filled(frames[0], Earlier(np.clip(frames[0] + 0.1, 0, 1), seen))
    assert np.allclose(start[:, 30:], np.clip(frames[0] + 0.1, 0, 1)[:, 30:])
    assert np.corrcoef(start[:, :12].ravel(), frames[0][:, :12].ravel())[0, 1] > 0.98
