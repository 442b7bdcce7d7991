"""Where, in which colors and how coarsely: what a painter asks beyond a content and a style."""
