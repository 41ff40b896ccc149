"""The book's interactive figures, one module per explorer.

Each module has one function, named after what the reader sees, that computes
everything with the rest of `rnn_demo` and returns a ready-to-display panel.
Nothing is imported here, so that using one explorer does not load the others.
"""
