"""Frames in, frames out: clips read and written, optical flow, painted films that do not flicker."""
