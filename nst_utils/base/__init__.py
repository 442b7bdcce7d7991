"""What everything stands on: errors, files written whole, TensorFlow on first use, threads."""
