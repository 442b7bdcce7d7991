"""The Studio: an app over the same functions as the lessons."""
