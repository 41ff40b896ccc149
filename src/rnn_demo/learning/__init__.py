"""Tasks with a lag, training, and what becomes of the gradient in it."""
