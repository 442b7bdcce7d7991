"""The pictures this project draws itself: a small canvas, the styles and the contents painted on it."""
