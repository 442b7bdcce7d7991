"""The Studio and the widgets in a real browser: ``make test-browser``."""
