"""Settings with which a painting takes a blink, for tests of what stands around it."""

QUICK = {
    "size": 48,
    "backbone": "vgg16",
    "weights": "mini-random",
    "steps": 4,
    "content_layers": ["block2_conv1"],
    "style_layers": ["block1_conv1", "block2_conv1"],
}
