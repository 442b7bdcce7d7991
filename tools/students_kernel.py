"""What the kernel of a lesson sees of the machine it runs on, when the notebooks are built and when they are tested."""

from collections.abc import Mapping

CHANGES_A_LESSON = ("NST_", "TQDM_", "MPL", "TF_", "KERAS_")
HOMES = ("NST_CACHE", "KERAS_HOME", "IPYTHONDIR")


def students_environment(variables: Mapping[str, str], folder: str) -> dict[str, str]:
    """The variables without those that would change a lesson; caches and profiles go to a folder of their own."""
    kept = {name: value for name, value in variables.items() if not name.startswith(CHANGES_A_LESSON)}
    return {**kept, **{name: f"{folder}/{name}" for name in HOMES}}
