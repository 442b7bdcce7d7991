"""The networks of ``keras.applications`` as shapes without trained weights, in full width and in a quarter of it.

Owns what each wants to see, and the one way to rebuild a network with something changed: width, pooling, precision,
names of layers.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from nst_utils.base.errors import BackboneError
from nst_utils.base.tensorflow import keras, tf
from nst_utils.networks.catalog import MINI, check_option, network_name

POOLINGS = ("max", "avg")
PRECISIONS = ("float32", "bfloat16", "float16")


def topology(
    name: str,
    width: float = 1.0,
    pooling: str = "max",
    input_shape: tuple = (None, None, 3),
    drawn: bool = False,
) -> "keras.Model":
    """The network of ``keras.applications`` without its classifier and without trained weights.

    Layers and names are Keras' own, because the original is built and then cloned.

    Parameters
    ----------
    name : a network's name, as ``"vgg19"``.
    width : 1 for the original, 0.25 for a quarter of the filters in each convolution (VGG16, VGG19 and ResNet50 only).
    pooling : ``"max"`` as in the original, or ``"avg"``: each max pooling becomes an average over the same window.
    input_shape : height, width (``None``: any) and the three channels.
    drawn : start values in the kernels, for a training; else zeros, for whoever fills them, in less time.

    Examples
    --------
    >>> topology("vgg19", width=0.25).get_layer("block1_conv1").filters
    16
    """
    name = network_name(name)
    if width != 1 and name not in MINI:
        raise BackboneError(f"{name} exists in full width only; {', '.join(MINI)} have a quarter-width twin.")
    check_option("pooling", pooling, POOLINGS)
    return rebuilt(outline(name, input_shape), width, pooling, keras.config.dtype_policy().name, drawn=drawn)


def outline(name: str, input_shape: tuple = (None, None, 3)) -> "keras.Model":
    """The original with shapes but no values in its variables, for a tenth of the time that VGG19 needs with them.

    Variables made in a stateless scope wait for their values in a list that each thread has for itself; in a thread
    that ends here they wait for ever. The thread also has its own count of layers, so that "activation_7" of
    Inception V3 is the same layer each time.
    """

    def drawn():
        with keras.StatelessScope(initialize_variables=False):
            return builder(name)(include_top=False, weights=None, input_shape=input_shape)

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(drawn).result()


def rebuilt(
    model,
    width: float = 1.0,
    pooling: str = "max",
    dtype: str = "float32",
    names: Mapping[str, str] | None = None,
    drawn: bool = False,
) -> "keras.Model":
    """The same network with new variables, to be filled: other width, pooling, precision, or names of layers."""

    def layer_like(layer):
        if not isinstance(layer, keras.layers.Layer):  # an operation such as the sums of MobileNet V3
            return layer
        config = layer.get_config()
        config["name"] = (names or {}).get(layer.name, layer.name)
        # In half precision the convolutions keep half-precision kernels; the rest only computes in it.
        config["dtype"] = f"mixed_{dtype}" if dtype in PRECISIONS[1:] and "kernel_size" not in config else dtype
        kind = type(layer)
        if "kernel_initializer" in config and not drawn:
            config["kernel_initializer"] = "zeros"
        if "filters" in config:
            config["filters"] = int(config["filters"] * width)
        if pooling == "avg" and isinstance(layer, keras.layers.MaxPooling2D):
            kind = keras.layers.AveragePooling2D
        return kind.from_config(config)

    return keras.models.clone_model(model, clone_function=layer_like)


def builder(name: str) -> Callable:
    """The function of ``keras.applications`` that builds a network."""
    functions = {key.lower(): value for key, value in vars(keras.applications).items() if callable(value)}
    return functions[name.replace("_", "")]


def preprocessed(pictures, mode: str):
    """RGB [0, 1] as the network wants it: the arithmetic of ``imagenet_utils.preprocess_input``, in its order."""
    if mode == "caffe":
        to_bgr = 255 * tf.eye(3)[None, None, ::-1]  # as a convolution three times faster than reversing an axis of 3
        return tf.nn.conv2d(pictures, to_bgr, strides=1, padding="VALID") - tf.constant([103.939, 116.779, 123.68])
    pixels = pictures * 255.0
    if mode == "tf":
        return pixels / 127.5 - 1.0
    if mode == "torch":
        return (pixels / 255.0 - tf.constant([0.485, 0.456, 0.406])) / tf.constant([0.229, 0.224, 0.225])
    return pixels
